"""Likes: each person has one for a post or none, however often they say so."""

from __future__ import annotations

from target.db.pool import Database, Query
from target.posts.models import Likes

# The likes are counted as they were before the statement, hence what it adds is added.
_LIKE = Query(
    "like_post",
    "with post as (select id, author_id from posts where id = %s),"
    " new as (insert into likes (post_id, user_id)"
    " select post.id, users.id from post, users where users.id = %s"
    " on conflict do nothing returning user_id),"
    " told as (insert into notifications (user_id, kind, actor_id, post_id)"
    " select post.author_id, 'like', new.user_id, post.id from post, new"
    " where post.author_id <> new.user_id and wants_notification(post.author_id, 'like'))"
    " select (select count(*) from likes where post_id = post.id) + (select count(*) from new), true from post",
)
_UNLIKE = Query(
    "unlike_post",
    "with post as (select id from posts where id = %s),"
    " old as (delete from likes using post where post_id = post.id and user_id = %s returning user_id),"
    " untold as (delete from notifications n using post, old"
    " where n.kind = 'like' and n.post_id = post.id and n.actor_id = old.user_id)"
    " select (select count(*) from likes where post_id = post.id) - (select count(*) from old), false from post",
)


async def like(database: Database, post_id: int, user_id: int) -> Likes | None:
    """Like it, and tell its author the first time; None when there is no such post."""
    return await database.fetch_one(_LIKE, (post_id, user_id), Likes)


async def unlike(database: Database, post_id: int, user_id: int) -> Likes | None:
    """Take it back, the notification too; None when there is no such post."""
    return await database.fetch_one(_UNLIKE, (post_id, user_id), Likes)

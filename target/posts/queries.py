"""What the feed asks the database."""

from __future__ import annotations

from datetime import UTC, datetime

from target.cursor import Cursor
from target.db.pool import Database, Query
from target.posts.models import Author, FeedPage, Post

_NEWEST = Query(
    "feed_newest",
    "select p.id, p.author_id, u.name, p.body, p.created_at from posts p join users u on u.id = p.author_id"
    " order by p.created_at desc, p.id desc limit %s",
)
# The comparison of rows is what lets idx_post_created find the place without reading what lies before it.
_OLDER = Query(
    "feed_older",
    "select p.id, p.author_id, u.name, p.body, p.created_at from posts p join users u on u.id = p.author_id"
    " where (p.created_at, p.id) < (%s, %s) order by p.created_at desc, p.id desc limit %s",
)
_FIND = Query(
    "find_post",
    "select p.id, p.author_id, u.name, p.body, p.created_at from posts p join users u on u.id = p.author_id"
    " where p.id = %s",
)
_CREATE = Query(
    "create_post",
    "with new as (insert into posts (author_id, body)"
    " select id, %s from users where id = %s returning id, author_id, body, created_at)"
    " select new.id, new.author_id, u.name, new.body, new.created_at"
    " from new join users u on u.id = new.author_id",
)


async def feed_page(database: Database, limit: int, after: Cursor | None) -> FeedPage:
    """One page, newest first. Asks for one post more than it gives, to know whether there are more."""
    if after is None:
        posts = await database.fetch_all(_NEWEST, (limit + 1,), _post)
    else:
        posts = await database.fetch_all(_OLDER, (after.created_at, after.row_id, limit + 1), _post)
    if len(posts) <= limit:
        return FeedPage(posts, None)
    last = posts[limit - 1]
    return FeedPage(posts[:limit], str(Cursor(last.created_at, last.id)))


async def find_post(database: Database, post_id: int) -> Post | None:
    """One post."""
    return await database.fetch_one(_FIND, (post_id,), _post)


async def create_post(database: Database, author_id: int, body: str) -> Post | None:
    """The new post, committed; None when its author is gone."""
    return await database.fetch_one(_CREATE, (body, author_id), _post)


def _post(post_id: int, author_id: int, name: str, body: str, created_at: datetime) -> Post:
    return Post(post_id, Author(author_id, name), body, created_at.astimezone(UTC))

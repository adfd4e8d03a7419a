"""What comments ask the database."""

from __future__ import annotations

from datetime import UTC, datetime

from target.comments.models import Comment
from target.db.pool import Database, Query
from target.paging import Listing, Page, listing
from target.posts.models import Author

_CREATE = Query(
    "create_comment",
    "with post as (select id, author_id from posts where id = %s),"
    " new as (insert into comments (post_id, author_id, body)"
    " select post.id, users.id, %s from post, users where users.id = %s"
    " returning id, post_id, author_id, body, created_at),"
    " told as (insert into notifications (user_id, kind, actor_id, post_id, comment_id)"
    " select post.author_id, 'comment', new.author_id, post.id, new.id from post, new"
    " where post.author_id <> new.author_id and wants_notification(post.author_id, 'comment'))"
    " select new.id, new.post_id, new.author_id, u.name, new.body, new.created_at"
    " from new join users u on u.id = new.author_id",
)
_FIND = Query(
    "find_comment",
    "select c.id, c.post_id, c.author_id, u.name, c.body, c.created_at"
    " from comments c join users u on u.id = c.author_id where c.id = %s",
)
_LIST = Query(
    "list_comments",
    "select c.id, c.post_id, c.author_id, u.name, c.body, c.created_at"
    " from comments c join users u on u.id = c.author_id"
    " where c.post_id = %s and (c.created_at, c.id) < (%s, %s)"
    " order by c.created_at desc, c.id desc limit %s",
)
_DELETE = Query("delete_comment", "delete from comments where id = %s and author_id = %s")


async def create_comment(database: Database, post_id: int, author_id: int, body: str) -> Comment | None:
    """The new comment, of which the post's author is told; None when there is no such post."""
    return await database.fetch_one(_CREATE, (post_id, body, author_id), _comment)


async def find_comment(database: Database, comment_id: int) -> Comment | None:
    """One comment."""
    return await database.fetch_one(_FIND, (comment_id,), _comment)


async def list_comments(database: Database, post_id: int, page: Page) -> Listing[Comment]:
    """A post's comments."""
    rows = await database.fetch_all(_LIST, (post_id, *page.bounds), _comment)
    return listing(rows, page, lambda comment: (comment.created_at, comment.id))


async def delete_comment(database: Database, comment_id: int, author_id: int) -> bool:
    """Whether this author had such a comment."""
    return await database.execute(_DELETE, (comment_id, author_id)) == 1


def _comment(comment_id: int, post_id: int, author_id: int, name: str, body: str, created_at: datetime) -> Comment:
    return Comment(comment_id, post_id, Author(author_id, name), body, created_at.astimezone(UTC))

"""What posts and the feed ask the database."""

from __future__ import annotations

from datetime import UTC, datetime

from target.db.pool import Database, Query
from target.paging import Listing, Page, listing
from target.posts.models import Author, Post, PostDetails

_NEWEST = Query(
    "feed_newest",
    "select p.id, p.author_id, u.name, p.body, p.created_at, p.edited_at"
    " from posts p join users u on u.id = p.author_id"
    " order by p.created_at desc, p.id desc limit %s",
)
# The comparison of rows is what lets idx_post_created find the place without reading what lies before it.
_OLDER = Query(
    "feed_older",
    "select p.id, p.author_id, u.name, p.body, p.created_at, p.edited_at"
    " from posts p join users u on u.id = p.author_id"
    " where (p.created_at, p.id) < (%s, %s) order by p.created_at desc, p.id desc limit %s",
)
_FIND = Query(
    "find_post",
    "select p.id, p.author_id, u.name, p.body, p.created_at, p.edited_at"
    " from posts p join users u on u.id = p.author_id where p.id = %s",
)
_DETAILS = Query(
    "find_post_details",
    "select p.id, p.author_id, u.name, p.body, p.created_at, p.edited_at,"
    " (select count(*) from likes where post_id = p.id),"
    " (select count(*) from comments where post_id = p.id),"
    " exists (select from likes where post_id = p.id and user_id = %s)"
    " from posts p join users u on u.id = p.author_id where p.id = %s",
)
_CREATE = Query(
    "create_post",
    "with new as (insert into posts (author_id, body)"
    " select id, %s from users where id = %s returning id, author_id, body, created_at, edited_at)"
    " select new.id, new.author_id, u.name, new.body, new.created_at, new.edited_at"
    " from new join users u on u.id = new.author_id",
)
_EDIT = Query(
    "edit_post",
    "update posts p set body = %s, edited_at = now() from users u"
    " where p.id = %s and p.author_id = %s and u.id = p.author_id"
    " returning p.id, p.author_id, u.name, p.body, p.created_at, p.edited_at",
)
_DELETE = Query("delete_post", "delete from posts where id = %s and author_id = %s")


async def feed_page(database: Database, page: Page) -> Listing[Post]:
    """One page, newest first."""
    if page.cursor is None:
        posts = await database.fetch_all(_NEWEST, (page.limit + 1,), to_post)
    else:
        posts = await database.fetch_all(_OLDER, page.bounds, to_post)
    return listing(posts, page, post_place)


async def find_post(database: Database, post_id: int) -> Post | None:
    """One post."""
    return await database.fetch_one(_FIND, (post_id,), to_post)


async def find_details(database: Database, post_id: int, reader_id: int) -> PostDetails | None:
    """One post with its counts, as this reader sees it."""
    return await database.fetch_one(_DETAILS, (reader_id, post_id), _details)


async def create_post(database: Database, author_id: int, body: str) -> Post | None:
    """The new post, committed; None when its author is gone."""
    return await database.fetch_one(_CREATE, (body, author_id), to_post)


async def edit_post(database: Database, post_id: int, author_id: int, body: str) -> Post | None:
    """The post as it is now; None when this author has no such post."""
    return await database.fetch_one(_EDIT, (body, post_id, author_id), to_post)


async def delete_post(database: Database, post_id: int, author_id: int) -> bool:
    """Whether this author had such a post."""
    return await database.execute(_DELETE, (post_id, author_id)) == 1


def to_post(
    post_id: int, author_id: int, name: str, body: str, created_at: datetime, edited_at: datetime | None
) -> Post:
    """A row of the queries above."""
    return Post(post_id, Author(author_id, name), body, created_at.astimezone(UTC), _utc(edited_at))


def post_place(post: Post) -> tuple[datetime, int]:
    """Where a post is in every list of posts."""
    return post.created_at, post.id


def _details(
    post_id: int,
    author_id: int,
    name: str,
    body: str,
    created_at: datetime,
    edited_at: datetime | None,
    likes: int,
    comments: int,
    liked: bool,
) -> PostDetails:
    author = Author(author_id, name)
    return PostDetails(
        post_id, author, body, created_at.astimezone(UTC), _utc(edited_at), likes=likes, comments=comments, liked=liked
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)

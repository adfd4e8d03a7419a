"""What profiles and follows ask the database."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import UNSET

from target.auth.models import Role
from target.db.pool import Database, Query
from target.html import sanitised
from target.paging import Listing, Page, listing
from target.users.models import Me, Person, Profile, ProfileChange

_ME = Query("find_me", "select id, email, name, role, bio, created_at from users where id = %s")
_PROFILE = Query(
    "find_profile",
    "select u.id, u.name, u.bio, u.created_at,"
    " (select count(*) from follows where followee_id = u.id),"
    " (select count(*) from follows where follower_id = u.id),"
    " exists (select from follows where follower_id = %s and followee_id = u.id)"
    " from users u where u.id = %s",
)
_CHANGE = Query(
    "change_profile",
    "update users set name = coalesce(%s::text, name), bio = coalesce(%s::text, bio) where id = %s"
    " returning id, email, name, role, bio, created_at",
)
_EXISTS = Query("user_exists", "select id from users where id = %s")
_FOLLOW = Query(
    "follow_user",
    "with followee as (select id from users where id = %s),"
    " new as (insert into follows (follower_id, followee_id)"
    " select users.id, followee.id from users, followee where users.id = %s"
    " on conflict do nothing returning follower_id, followee_id),"
    " told as (insert into notifications (user_id, kind, actor_id)"
    " select followee_id, 'follow', follower_id from new where wants_notification(followee_id, 'follow'))"
    " select id from followee",
)
_UNFOLLOW = Query(
    "unfollow_user",
    "with old as (delete from follows where follower_id = %s and followee_id = %s returning follower_id, followee_id)"
    " delete from notifications n using old"
    " where n.kind = 'follow' and n.user_id = old.followee_id and n.actor_id = old.follower_id",
)
_FOLLOWERS = Query(
    "list_followers",
    "select u.id, u.name, f.created_at from follows f join users u on u.id = f.follower_id"
    " where f.followee_id = %s and (f.created_at, f.follower_id) < (%s, %s)"
    " order by f.created_at desc, f.follower_id desc limit %s",
)
_FOLLOWING = Query(
    "list_following",
    "select u.id, u.name, f.created_at from follows f join users u on u.id = f.followee_id"
    " where f.follower_id = %s and (f.created_at, f.followee_id) < (%s, %s)"
    " order by f.created_at desc, f.followee_id desc limit %s",
)


async def find_me(database: Database, user_id: int) -> Me | None:
    """One's own account."""
    return await database.fetch_one(_ME, (user_id,), _me)


async def find_profile(database: Database, user_id: int, reader_id: int) -> Profile | None:
    """Somebody's profile, as this reader sees it."""
    return await database.fetch_one(_PROFILE, (reader_id, user_id), _profile)


async def change_profile(database: Database, user_id: int, change: ProfileChange) -> Me | None:
    """The account after the change; None when it is gone."""
    name = None if change.name is UNSET else change.name
    bio = None if change.bio is UNSET else change.bio
    return await database.fetch_one(_CHANGE, (name, bio, user_id), _me)


async def user_exists(database: Database, user_id: int) -> bool:
    """Whether there is such an account."""
    return await database.fetch_one(_EXISTS, (user_id,), int) is not None


async def follow(database: Database, follower_id: int, followee_id: int) -> bool:
    """Follow, and tell the followed the first time; False when there is no such user."""
    return await database.fetch_one(_FOLLOW, (followee_id, follower_id), int) is not None


async def unfollow(database: Database, follower_id: int, followee_id: int) -> None:
    """Follow no longer; the notification goes, too."""
    await database.execute(_UNFOLLOW, (follower_id, followee_id))


async def list_followers(database: Database, user_id: int, page: Page) -> Listing[Person]:
    """Who follows this user."""
    return listing(await database.fetch_all(_FOLLOWERS, (user_id, *page.bounds), to_person), page, _place)


async def list_following(database: Database, user_id: int, page: Page) -> Listing[Person]:
    """Whom this user follows."""
    return listing(await database.fetch_all(_FOLLOWING, (user_id, *page.bounds), to_person), page, _place)


def _me(user_id: int, email: str, name: str, role: Role, bio: str, created_at: datetime) -> Me:
    return Me(user_id, email, name, role, bio, created_at.astimezone(UTC))


def _profile(
    user_id: int, name: str, bio: str, created_at: datetime, followers: int, following: int, followed: bool
) -> Profile:
    return Profile(
        user_id, name, bio, sanitised(bio), created_at.astimezone(UTC), followers, following, followed=followed
    )


def to_person(user_id: int, name: str, since: datetime) -> Person:
    return Person(user_id, name, since.astimezone(UTC))


def _place(row: Person) -> tuple[datetime, int]:
    return row.since, row.id

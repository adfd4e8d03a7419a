"""Profiles, follows, preferences."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from tests.target.people import join


async def test_only_oneself_sees_ones_address(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    assert (await ada.ask("GET", "/users/me"))["email"] == "ada@example.org"
    profile = await bob.ask("GET", f"/users/{ada.id}")
    assert profile["name"] == "Ada"
    assert "ada@example.org" not in str(profile)


async def test_a_profile_changes_where_it_was_asked_to(client: httpx.AsyncClient) -> None:
    ada = await join(client, "Ada")
    assert (await ada.ask("PATCH", "/users/me", json={"bio": "Engines."}))["bio"] == "Engines."
    me = await ada.ask("PATCH", "/users/me", json={"name": "Countess"})
    assert (me["name"], me["bio"]) == ("Countess", "Engines.")
    assert await ada.ask("PATCH", "/users/me", json={}) == me


async def test_the_feed_shows_a_new_name_at_once(client: httpx.AsyncClient) -> None:
    ada = await join(client, "Ada")
    await ada.ask("POST", "/posts", 201, json={"body": "hello"})
    await ada.ask("GET", "/feed")
    await ada.ask("PATCH", "/users/me", json={"name": "Countess"})
    assert (await ada.ask("GET", "/feed"))["items"][0]["author"]["name"] == "Countess"


@pytest.mark.parametrize(
    "change", [{"email": "x@example.org"}, {"role": "admin"}, {"name": ""}, {"name": None}, {"bio": "x" * 2001}]
)
async def test_a_bad_change_is_refused(client: httpx.AsyncClient, change: dict[str, Any]) -> None:
    ada = await join(client, "Ada")
    before = await ada.ask("GET", "/users/me")
    await ada.ask("PATCH", "/users/me", 422, json=change)
    assert await ada.ask("GET", "/users/me") == before


async def test_a_follow_counts_once(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    await asyncio.gather(*(bob.ask("PUT", f"/users/{ada.id}/follow", 204) for _ in range(3)))
    profile = await bob.ask("GET", f"/users/{ada.id}")
    assert (profile["followers"], profile["followed"]) == (1, True)
    assert [person["name"] for person in await ada.walk(f"/users/{ada.id}/followers")] == ["Bob"]
    assert [person["name"] for person in await ada.walk(f"/users/{bob.id}/following")] == ["Ada"]
    for _ in range(2):
        await bob.ask("DELETE", f"/users/{ada.id}/follow", 204)
    profile = await bob.ask("GET", f"/users/{ada.id}")
    assert (profile["followers"], profile["followed"]) == (0, False)


async def test_nobody_follows_themselves_or_nobody(client: httpx.AsyncClient) -> None:
    ada = await join(client, "Ada")
    await ada.ask("PUT", f"/users/{ada.id}/follow", 409)
    await ada.ask("PUT", "/users/987654321/follow", 404)
    await ada.ask("GET", "/users/987654321/followers", 404)
    await ada.ask("GET", "/users/987654321", 404)


async def test_followers_come_page_by_page(client: httpx.AsyncClient, migrated_url: str) -> None:
    ada = await join(client, "Ada")
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute(
            "with fans as (insert into users (email, name, password_hash)"
            " select n || '@example.org', n::text, '' from generate_series(1, 25) n returning id)"
            " insert into follows (follower_id, followee_id) select id, %s from fans",
            (ada.id,),
        )
    names = [person["name"] for person in await ada.walk(f"/users/{ada.id}/followers", limit=7)]
    assert sorted(names, key=int) == [str(number) for number in range(1, 26)]


async def test_preferences_are_the_defaults_until_changed(client: httpx.AsyncClient) -> None:
    ada = await join(client, "Ada")
    defaults = await ada.ask("GET", "/users/me/preferences")
    assert defaults["locale"] == "en"
    assert defaults["email_notifications"] is True
    await ada.ask("PATCH", "/users/me/preferences", json={"locale": "pt-BR"})
    changed = await ada.ask("PATCH", "/users/me/preferences", json={"email_notifications": False})
    assert changed == {**defaults, "locale": "pt-BR", "email_notifications": False}
    assert await ada.ask("GET", "/users/me/preferences") == changed


@pytest.mark.parametrize(
    "change", [{"locale": "en\n"}, {"locale": "klingon"}, {"theme": "pink"}, {"notify_about": ["rain"]}, {"x": 1}]
)
async def test_bad_preferences_are_refused(client: httpx.AsyncClient, change: dict[str, Any]) -> None:
    ada = await join(client, "Ada")
    await ada.ask("PATCH", "/users/me/preferences", 422, json=change)


async def test_an_account_takes_with_it_all_that_was_its_own(client: httpx.AsyncClient, migrated_url: str) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    post = await bob.ask("POST", "/posts", 201, json={"body": "hello"})
    await ada.ask("POST", f"/posts/{post['id']}/comments", 201, json={"body": "hi"})
    await ada.ask("PUT", f"/posts/{post['id']}/like")
    await ada.ask("PUT", f"/users/{bob.id}/follow", 204)
    await ada.ask("PATCH", "/users/me/preferences", json={"locale": "de"})
    talk = await ada.ask("POST", "/conversations", 201, json={"participant_ids": [bob.id]})
    await ada.ask("POST", f"/conversations/{talk['id']}/messages", 201, json={"body": "psst"})
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute("delete from users where id = %s", (ada.id,))
        references = conn.execute(
            "select c.relname, a.attname from pg_constraint f join pg_class c on c.oid = f.conrelid"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum = any (f.conkey)"
            " where f.contype = 'f' and f.confrelid = 'users'::regclass"
        ).fetchall()
        assert len(references) >= 10
        for table, column in references:
            left = conn.execute(f"select count(*) from {table} where {column} = %s".encode(), (ada.id,)).fetchone()
            assert left == (0,), table
    assert await bob.walk("/notifications") == []

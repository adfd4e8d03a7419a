"""Conversations: who may read them, and in which order."""

from __future__ import annotations

import httpx
import psycopg

from tests.target.people import join


async def test_those_who_take_part_read_and_write(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    talk = await ada.ask("POST", "/conversations", 201, json={"participant_ids": [bob.id, bob.id, ada.id]})
    assert [person["name"] for person in talk["participants"]] == ["Ada", "Bob"]
    assert await bob.ask("GET", f"/conversations/{talk['id']}") == talk
    path = f"/conversations/{talk['id']}/messages"
    said = [await who.ask("POST", path, 201, json={"body": str(n)}) for n, who in enumerate((ada, bob, ada))]
    assert [message["sender"]["name"] for message in said] == ["Ada", "Bob", "Ada"]
    assert await bob.walk(path, limit=1) == said[::-1]
    told = await bob.walk("/notifications")
    assert [(one["kind"], one["conversation_id"]) for one in told] == [("message", talk["id"])] * 2


async def test_to_others_it_does_not_exist(client: httpx.AsyncClient, migrated_url: str) -> None:
    ada, bob, eve = await join(client, "Ada"), await join(client, "Bob"), await join(client, "Eve")
    talk = await ada.ask("POST", "/conversations", 201, json={"participant_ids": [bob.id]})
    path = f"/conversations/{talk['id']}"
    await eve.ask("GET", path, 404)
    await eve.ask("GET", f"{path}/messages", 404)
    await eve.ask("POST", f"{path}/messages", 404, json={"body": "boo"})
    assert await eve.walk("/conversations") == []
    with psycopg.connect(migrated_url) as conn:
        assert conn.execute("select count(*) from messages").fetchone() == (0,)


async def test_a_conversation_is_with_people_who_exist(client: httpx.AsyncClient, migrated_url: str) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    for people in ([], [ada.id], [bob.id, 987654321], [0], [2**63], ["1"], list(range(1, 22))):
        await ada.ask("POST", "/conversations", 422, json={"participant_ids": people})
    with psycopg.connect(migrated_url) as conn:
        assert conn.execute("select count(*) from conversations").fetchone() == (0,)


async def test_ones_own_are_listed_newest_first(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    begun = [await ada.ask("POST", "/conversations", 201, json={"participant_ids": [bob.id]}) for _ in range(5)]
    assert await bob.walk("/conversations", limit=2) == begun[::-1]


async def test_messages_come_each_once_while_new_ones_come_in(client: httpx.AsyncClient, migrated_url: str) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    talk = await ada.ask("POST", "/conversations", 201, json={"participant_ids": [bob.id]})
    path = f"/conversations/{talk['id']}/messages"
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute(
            "insert into messages (conversation_id, sender_id, body, created_at)"
            " select %s, %s, n::text, timestamptz '2026-01-01' + (n / 4) * interval '1 microsecond'"
            " from generate_series(1, 25) n",
            (talk["id"], ada.id),
        )
    seen: list[str] = []
    params = {"limit": "7"}
    while True:
        page = await bob.ask("GET", path, params=params)
        seen += [message["body"] for message in page["items"]]
        await ada.ask("POST", path, 201, json={"body": "new"})
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == [str(number) for number in range(25, 0, -1)]

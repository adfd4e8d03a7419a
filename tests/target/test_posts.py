"""Posts of one's own, their comments and likes, and what their authors are told."""

from __future__ import annotations

import asyncio

import httpx
import psycopg

from tests.target.people import join


async def test_an_author_edits_and_deletes(client: httpx.AsyncClient) -> None:
    ada = await join(client, "Ada")
    post = await ada.ask("POST", "/posts", 201, json={"body": "helo"})
    assert post["edited_at"] is None
    edited = await ada.ask("PATCH", f"/posts/{post['id']}", json={"body": "hello"})
    assert edited["body"] == "hello"
    assert edited["edited_at"] >= post["created_at"]
    assert (await ada.ask("GET", "/feed"))["items"] == [edited]
    await ada.ask("DELETE", f"/posts/{post['id']}", 204)
    await ada.ask("DELETE", f"/posts/{post['id']}", 404)
    assert (await ada.ask("GET", "/feed"))["items"] == []


async def test_nobody_else_does(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    post = await ada.ask("POST", "/posts", 201, json={"body": "mine"})
    await bob.ask("PATCH", f"/posts/{post['id']}", 403, json={"body": "mine now"})
    await bob.ask("DELETE", f"/posts/{post['id']}", 403)
    assert (await bob.ask("GET", f"/posts/{post['id']}"))["body"] == "mine"


async def test_a_like_counts_once(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    path = f"/posts/{(await ada.ask('POST', '/posts', 201, json={'body': 'hello'}))['id']}"
    await asyncio.gather(*(bob.ask("PUT", f"{path}/like") for _ in range(5)))
    assert await bob.ask("PUT", f"{path}/like") == {"likes": 1, "liked": True}
    assert await ada.ask("PUT", f"{path}/like") == {"likes": 2, "liked": True}
    assert await ada.ask("DELETE", f"{path}/like") == {"likes": 1, "liked": False}
    assert await ada.ask("DELETE", f"{path}/like") == {"likes": 1, "liked": False}
    seen = await ada.ask("GET", path)
    assert (seen["likes"], seen["liked"]) == (1, False)
    await ada.ask("PUT", "/posts/987654321/like", 404)
    await ada.ask("DELETE", "/posts/987654321/like", 404)


async def test_comments_come_newest_first_and_go_with_their_author_alone(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    path = f"/posts/{(await ada.ask('POST', '/posts', 201, json={'body': 'hello'}))['id']}"
    said = [await bob.ask("POST", f"{path}/comments", 201, json={"body": str(number)}) for number in range(5)]
    assert await ada.walk(f"{path}/comments", limit=2) == said[::-1]
    assert (await ada.ask("GET", path))["comments"] == 5
    first = f"/comments/{said[0]['id']}"
    assert await ada.ask("GET", first) == said[0]
    await ada.ask("DELETE", first, 403)
    await bob.ask("DELETE", first, 204)
    await bob.ask("DELETE", first, 404)
    await ada.ask("POST", "/posts/987654321/comments", 404, json={"body": "to nobody"})
    await ada.ask("GET", "/posts/987654321/comments", 404)


async def test_authors_are_told_once_and_of_others_only(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    path = f"/posts/{(await ada.ask('POST', '/posts', 201, json={'body': 'hello'}))['id']}"
    await ada.ask("PUT", f"{path}/like")
    for _ in range(2):
        await bob.ask("PUT", f"{path}/like")
    await bob.ask("POST", f"{path}/comments", 201, json={"body": "hi"})
    await bob.ask("PUT", f"/users/{ada.id}/follow", 204)
    told = await ada.walk("/notifications", limit=1)
    assert [(one["kind"], one["actor"]["name"], one["read"]) for one in told] == [
        ("follow", "Bob", False),
        ("comment", "Bob", False),
        ("like", "Bob", False),
    ]
    await bob.ask("DELETE", f"{path}/like")
    await bob.ask("DELETE", f"/users/{ada.id}/follow", 204)
    assert [one["kind"] for one in await ada.walk("/notifications")] == ["comment"]


async def test_notifications_are_read_by_whom_they_are_for(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    path = f"/posts/{(await ada.ask('POST', '/posts', 201, json={'body': 'hello'}))['id']}"
    for number in range(3):
        await bob.ask("POST", f"{path}/comments", 201, json={"body": str(number)})
    newest = (await ada.walk("/notifications"))[0]
    await bob.ask("PUT", f"/notifications/{newest['id']}/read", 404)
    assert await ada.ask("GET", "/notifications/unread") == {"unread": 3}
    for _ in range(2):
        await ada.ask("PUT", f"/notifications/{newest['id']}/read", 204)
    assert await ada.ask("GET", "/notifications/unread") == {"unread": 2}
    assert [one["read"] for one in await ada.walk("/notifications")] == [True, False, False]
    await ada.ask("PUT", "/notifications/read", 204)
    assert await ada.ask("GET", "/notifications/unread") == {"unread": 0}


async def test_nobody_is_told_what_they_do_not_want_to_hear(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    await ada.ask("PATCH", "/users/me/preferences", json={"notify_about": ["comment"]})
    path = f"/posts/{(await ada.ask('POST', '/posts', 201, json={'body': 'hello'}))['id']}"
    await bob.ask("PUT", f"{path}/like")
    await bob.ask("POST", f"{path}/comments", 201, json={"body": "hi"})
    assert [one["kind"] for one in await ada.walk("/notifications")] == ["comment"]


async def test_search_finds_words_in_posts_and_names(client: httpx.AsyncClient) -> None:
    ada, bob = await join(client, "Ada"), await join(client, "Bob")
    bodies = ["a red engine", "a blue engine", "nothing of the kind"]
    posts = [await ada.ask("POST", "/posts", 201, json={"body": body}) for body in bodies]
    assert await bob.walk("/search/posts", q="engine", limit=1) == [posts[1], posts[0]]
    assert await bob.walk("/search/posts", q="engine -blue") == [posts[0]]
    assert await bob.walk("/search/posts", q='"blue engine"') == [posts[1]]
    assert [person["id"] for person in await bob.walk("/search/people", q="ada")] == [ada.id]


async def test_no_search_is_an_error_or_a_statement(client: httpx.AsyncClient, migrated_url: str) -> None:
    ada = await join(client, "Ada")
    await ada.ask("POST", "/posts", 201, json={"body": "hello"})
    for words in ("'", "' or 1=1 --", "a & | !", "(((", ":*", "%", "\\", "'; drop table posts; --", "🦆", "\ufffd"):
        assert await ada.walk("/search/posts", q=words) == []
        assert await ada.walk("/search/people", q=words) == []
    await ada.ask("GET", "/search/posts", 422)
    await ada.ask("GET", "/search/posts", 422, params={"q": ""})
    await ada.ask("GET", "/search/posts", 422, params={"q": "x" * 201})
    await ada.ask("GET", "/search/posts", 422, params={"q": "a\x00b"})
    with psycopg.connect(migrated_url) as conn:
        assert conn.execute("select count(*) from posts").fetchone() == (1,)

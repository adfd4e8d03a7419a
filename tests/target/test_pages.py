"""HTML pages: what people typed is text in them."""

from __future__ import annotations

from html.parser import HTMLParser

import httpx
import pytest

from target.html import sanitised
from tests.target.people import join

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</p></article><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "<!--><script>alert(1)</script>",
]


class Elements(HTMLParser):
    """The elements of a page, and the text of the one with an id."""

    def __init__(self, inside: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self._inside = inside
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self._open = self._open or dict(attrs).get("id") == self._inside

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        self.text += data if self._open else ""


@pytest.mark.parametrize("body", NASTY)
async def test_a_post_is_shown_as_typed(client: httpx.AsyncClient, body: str) -> None:
    ada = await join(client, "Ada")
    plain = await ada.ask("POST", "/posts", 201, json={"body": "plain"})
    post = await ada.ask("POST", "/posts", 201, json={"body": body})
    pages = []
    for number in (plain["id"], post["id"]):
        answer = await client.get(f"/posts/{number}/page")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        page = Elements("body")
        page.feed(answer.text)
        pages.append(page)
    assert pages[1].tags == pages[0].tags
    assert pages[1].handlers == []
    assert pages[1].text == body


async def test_a_profile_keeps_a_little_markup(client: httpx.AsyncClient) -> None:
    ada = await join(client, "Ada")
    bio = '<b>Hi</b> <a href="javascript:alert(1)" onclick="alert(1)">me</a><script>alert(1)</script><img src=x>'
    await ada.ask("PATCH", "/users/me", json={"bio": bio, "name": "<i>Ada</i>"})
    profile = await ada.ask("GET", f"/users/{ada.id}")
    assert profile["bio"] == bio
    clean = '<b>Hi</b> <a rel="nofollow noopener noreferrer ugc">me</a>'
    assert profile["bio_html"] == clean
    page = (await client.get(f"/users/{ada.id}/page")).text
    assert clean in page
    assert "&lt;i&gt;Ada&lt;/i&gt;" in page
    assert "alert" not in page


def test_good_links_stay() -> None:
    link = '<a href="https://example.org/" rel="nofollow noopener noreferrer ugc">here</a>'
    assert sanitised('<a href="https://example.org/" style="x">here</a>') == link


async def test_there_is_no_page_of_nothing(client: httpx.AsyncClient) -> None:
    for path in ("/posts/1/page", "/users/1/page", "/posts/x/page"):
        assert (await client.get(path)).status_code == 404

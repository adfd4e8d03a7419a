"""Helmet's headers, on every kind of answer that there is: errors, pages, files, and what the server itself says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from urllib.parse import urlsplit

import httpx

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Role

HALF_A_YEAR_S = 15_552_000
# The smallest picture: a GIF of one pixel.
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")

SCRIPTS = ("script-src", "script-src-elem", "script-src-attr")


def is_(wanted: str) -> Callable[[str], bool]:
    return lambda value: value == wanted


def restrictive(policy: str) -> bool:
    """As strict as Helmet's, or stricter: no plugins, no scripts from elsewhere or inline, no foreign frames."""
    directives: dict[str, list[str]] = {}
    for directive in filter(str.strip, policy.split(";")):
        name, *sources = directive.split()
        # Of two that are alike browsers heed the first.
        directives.setdefault(name.lower(), sources)
    default = directives.get("default-src")
    harmless: tuple[list[str] | None, ...] = (["'self'"], ["'none'"])
    return (
        default in harmless
        and all(directives.get(name, default) in harmless for name in SCRIPTS)
        and directives.get("object-src", default) == ["'none'"]
        and (directives.get("frame-ancestors") in harmless or "sandbox" in directives)
    )


def long_lived(hsts: str) -> bool:
    fields = dict(field.strip().partition("=")[::2] for field in hsts.lower().split(";"))
    return int(fields.get("max-age") or 0) >= HALF_A_YEAR_S and "includesubdomains" in fields


HELMET: Mapping[str, Callable[[str], bool]] = {
    "content-security-policy": restrictive,
    "cross-origin-opener-policy": is_("same-origin"),
    "cross-origin-resource-policy": is_("same-origin"),
    "origin-agent-cluster": is_("?1"),
    "referrer-policy": is_("no-referrer"),
    "strict-transport-security": long_lived,
    "x-content-type-options": is_("nosniff"),
    "x-dns-prefetch-control": is_("off"),
    "x-download-options": is_("noopen"),
    "x-frame-options": lambda value: value in ("SAMEORIGIN", "DENY"),
    "x-permitted-cross-domain-policies": is_("none"),
    "x-xss-protection": is_("0"),
}
TELLTALE = ("server", "x-powered-by")


async def ask(prober: Prober) -> None:
    statuses = set()
    async for case, answer in answers(prober):
        statuses.add(answer.status_code)
        wrong = [name for name, good in HELMET.items() if not has(answer.headers, name, good)]
        prober.saw("headers-missing", case, len(wrong), detail=f"{answer.status_code}; {', '.join(wrong)}")
        told = [name for name in TELLTALE if name in answer.headers]
        prober.saw("headers-telltale", case, len(told), detail=", ".join(told))
    prober.saw("statuses-seen", "all answers", len(statuses), detail=", ".join(map(str, sorted(statuses))))


def has(headers: httpx.Headers, name: str, good: Callable[[str], bool]) -> bool:
    """Once, for browsers differ in what they make of two."""
    values = headers.get_list(name)
    return len(values) == 1 and good(values[0])


async def answers(prober: Prober) -> AsyncIterator[tuple[str, httpx.Response]]:
    http = prober.http
    ada = await prober.register()
    post = await http.post("/posts", json={"body": "a post"}, headers=ada.headers)
    yield "a write", post
    picture = {"file": ("pixel.gif", PIXEL, "image/gif")}
    upload = await http.post("/uploads", files=picture, headers=ada.headers)
    yield "an upload", upload
    for case, path in (
        ("a read", "/feed"),
        ("a cached read", "/feed"),
        ("a page for people", f"/posts/{post.json().get('id')}/page"),
        ("a profile for people", f"/users/{ada.id}/page"),
        ("a file", f"/uploads/{upload.json().get('id')}"),
        ("a policy", "/policies/privacy"),
        ("a policy that is not there", "/policies/nothing"),
        ("the description", "/openapi.json"),
        ("the metrics", "/metrics"),
        ("health", "/health"),
        ("no such row", "/posts/999999999"),
        ("no such path", "/nothing/here"),
        ("a path out of the house", "/../../etc/passwd"),
        ("a query that is not valid", "/feed?limit=many"),
        ("for staff only", "/admin/users"),
    ):
        yield case, await http.get(path, headers=ada.headers)
    yield "without a token", await http.get("/feed")
    yield "without a body", await http.head("/health")
    yield "a method that is not taken", await http.delete("/feed", headers=ada.headers)
    yield "a preflight", await http.options("/feed", headers={"Origin": "https://elsewhere.example"})
    for case, content, kind in (
        ("not JSON", b"{", "application/json"),
        ("not valid", b"{}", "application/json"),
        ("not of a known kind", b"x", "text/plain"),
        ("too large", b"x" * 100_000, "application/json"),
    ):
        yield case, await http.post("/posts", content=content, headers={**ada.headers, "Content-Type": kind})
    for member in prober.inside.members(Role.APP):
        yield f"no HTTP, {member}", await no_http(prober.instance_url(member))


async def no_http(url: str) -> httpx.Response:
    """What the server answers by itself, before there is a request."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"NONSENSE\r\n\r\n")
    async with asyncio.timeout(5):
        raw = await reader.read()
    writer.close()
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in head[1:])]
    return httpx.Response(int(head[0].split()[1]), headers=headers)


PROBE = probe(
    title="Helmet's headers are on every answer",
    ask=ask,
    expect=(
        Observed(of="headers-missing", equals=0, cases=28),
        Observed(of="headers-telltale", equals=0, cases=28),
        Observed(of="statuses-seen", at_least=10),
    ),
    claims=("SEC-HEADERS",),
)

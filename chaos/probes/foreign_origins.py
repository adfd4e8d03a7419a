"""Only the configured origins get an allowance; whatever resembles one of them gets nothing."""

from urllib.parse import urlsplit

import httpx

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Account, Prober

REQUESTS = (("GET", "/health"), ("GET", "/feed"), ("GET", "/nothing"), ("POST", "/auth/login"))


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    allowed = prober.environment["CORS_ORIGINS"].split(",")
    for origin in allowed:
        for case, answer in await from_page(prober.http, origin, ada):
            prober.saw("own-origin", f"{origin}, {case}", answer.headers.get("access-control-allow-origin", "none"))
            credentials = answer.headers.get("access-control-allow-credentials", "none")
            prober.saw("own-origin-credentials", f"{origin}, {case}", credentials)
            watch(prober, f"{origin}, {case}", answer)
        for other in resembling(origin):
            for case, answer in await from_page(prober.http, other, ada):
                headers = [f"{name}: {value}" for name, value in answer.headers.items() if "access-control-" in name]
                prober.saw("foreign-origin", f"{other!r}, {case}", len(headers), detail="; ".join(headers))
                watch(prober, f"{other!r}, {case}", answer)
    answer = await prober.http.get("/health")
    watch(prober, "no origin", answer)


def watch(prober: Prober, case: str, answer: httpx.Response) -> None:
    """What holds for every answer, whoever asks."""
    star = answer.headers.get("access-control-allow-origin") == "*"
    credentials = answer.headers.get("access-control-allow-credentials") == "true"
    prober.saw("wildcard-with-credentials", case, star and credentials)
    varies = {word.strip().lower() for word in answer.headers.get("vary", "").split(",")}
    prober.saw("varies-by-origin", case, "origin" in varies, detail=answer.headers.get("vary", "no Vary"))


async def from_page(http: httpx.AsyncClient, origin: str, account: Account) -> list[tuple[str, httpx.Response]]:
    """What a page of this origin would ask, with and without a preflight, rightly and wrongly."""
    found = []
    for method, path in REQUESTS:
        headers = {"Origin": origin}
        found.append((f"{method} {path}", await http.request(method, path, headers=headers)))
        found.append(
            (f"{method} {path}, logged in", await http.request(method, path, headers=headers | account.headers))
        )
        asked = headers | {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
        found.append((f"{method} {path}, preflight", await http.options(path, headers=asked)))
    return found


def resembling(origin: str) -> list[str]:
    """The ways in which a comparison of origins goes wrong."""
    scheme, host = urlsplit(origin).scheme, urlsplit(origin).netloc
    parent = host.partition(".")[2]
    return [
        "https://evil.example",
        "null",
        "*",
        "file://",
        f"{origin}.evil.example",
        f"{origin}evil.example",
        f"{origin}:8443",
        f"{origin}/",
        f"{origin}@evil.example",
        f"{origin}%60evil.example",
        f"{origin}_.evil.example",
        f"https://evil.example/{origin}",
        f"https://evil.example#{origin}",
        f"{scheme}://evil{host}",
        f"{scheme}://evil.{host}",
        f"{scheme}://{parent}",
        f"{scheme}://{host.replace('.', 'x', 1)}",
        f"{'http' if scheme == 'https' else 'https'}://{host}",
        f"{origin}, https://evil.example",
        f"https://evil.example {origin}",
        origin.upper(),
        "",
    ]


PROBE = probe(
    title="Other origins get no allowance",
    ask=ask,
    expect=(
        Observed(of="foreign-origin", equals=0, cases=200),
        Observed(of="own-origin", equals="https://web.example.test", cases=12),
        Observed(of="own-origin-credentials", equals="true", cases=12),
        Observed(of="wildcard-with-credentials", equals=0, cases=200),
        Observed(of="varies-by-origin", equals=1, cases=200),
    ),
    claims=("SEC-CORS",),
)

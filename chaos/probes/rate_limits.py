"""How often a client may ask, whichever instance it meets and whatever it says about itself."""

import asyncio
from collections import Counter

import httpx
import msgspec

from harness.checks.doubted import Doubted
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.stacks.plan import StackPlan

A_MINUTE, UPLOADS_A_MINUTE = 100, 10
REFUSED = httpx.codes.TOO_MANY_REQUESTS
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
# What servers are commonly told to believe about where a request comes from.
CLAIMS_OF_ADDRESS = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Forwarded")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def guides_limits(plan: StackPlan) -> StackPlan:
    """The guide's, with the exemption that it asks for; clients have addresses of their own in 127.0.3.0/24."""
    told = {
        "UPLOAD_RATE_LIMIT": f"{UPLOADS_A_MINUTE}/minute",
        "RATE_LIMIT_EXEMPT_AGENTS": "googlebot",
    }
    return msgspec.structs.replace(
        plan, rate_limit=f"{A_MINUTE}/minute", app_environment={**plan.app_environment, **told}
    )


async def ask(prober: Prober) -> None:
    headers = (await prober.register()).headers
    async with prober.client(address="127.0.3.1", headers=headers) as client:
        answers = await asyncio.gather(*(client.get("/feed") for _ in range(A_MINUTE + 50)))
        prober.saw("passed-in-a-minute", "GET /feed", passed(answers), "requests", detail=counted(answers))
        prober.saw("instances-that-answered", "GET /feed", len({one.headers["X-Instance"] for one in answers}))
        refused = [one for one in answers if one.status_code == REFUSED]
        unhelpful = [one for one in refused if not 0 < int(one.headers.get("Retry-After", "0")) <= 60]
        prober.saw("refused-without-retry-after", f"of {len(refused)} refused", len(unhelpful), "answers")
        for name in CLAIMS_OF_ADDRESS:
            claims = [f"for=192.0.2.{n}" if name == "Forwarded" else f"192.0.2.{n}" for n in range(1, 6)]
            answers = [await client.get("/feed", headers={name: claim}) for claim in claims]
            prober.saw("passed-by-spoofing", name, passed(answers), "requests", detail=counted(answers))
    async with prober.client(address="127.0.3.2", headers=headers) as client:
        prober.saw("another-client", "GET /feed", (await client.get("/feed")).status_code)
    async with prober.client(address="127.0.3.3", headers=headers) as client:
        uploads = (client.post("/uploads", files={"file": ("a.png", PNG, "image/png")}) for _ in range(15))
        answers = await asyncio.gather(*uploads)
        prober.saw("uploads-in-a-minute", "POST /uploads", passed(answers), "requests", detail=counted(answers))
    async with prober.client(address="127.0.3.4") as client:
        guesses = (client.get("/feed", headers={"Authorization": f"Bearer {n}"}) for n in range(A_MINUTE + 50))
        answers = await asyncio.gather(*guesses)
        prober.saw("passed-in-a-minute", "guessed tokens", passed(answers), "requests", detail=counted(answers))
    async with prober.client(address="127.0.3.5", headers={**headers, "User-Agent": GOOGLEBOT}) as client:
        answers = await asyncio.gather(*(client.get("/feed") for _ in range(3 * A_MINUTE)))
        case = f"of {3 * A_MINUTE} by anybody who says googlebot"
        prober.saw("passed-as-googlebot", case, passed(answers), "requests", detail=counted(answers))


def passed(answers: list[httpx.Response]) -> int:
    return sum(answer.status_code != REFUSED for answer in answers)


def counted(answers: list[httpx.Response]) -> str:
    seen = Counter(answer.status_code for answer in answers)
    return ", ".join(f"{times} × {status}" for status, times in sorted(seen.items()))


PROBE = probe(
    title="A client may ask 100 times a minute, and upload 10 times, on all instances together",
    ask=ask,
    expect=(
        Observed(of="passed-in-a-minute", equals=A_MINUTE, cases=2),
        Observed(of="instances-that-answered", equals=3),
        Observed(of="refused-without-retry-after", equals=0),
        Observed(of="passed-by-spoofing", equals=0, cases=len(CLAIMS_OF_ADDRESS)),
        Observed(of="another-client", equals=200),
        Observed(of="uploads-in-a-minute", equals=UPLOADS_A_MINUTE),
        Doubted(
            claim="SEC-RATE",
            of="passed-as-googlebot",
            at_most=A_MINUTE,
            instead="Exempt nobody by User-Agent, which is the client's own word: crawlers are known by their networks"
            " or by reverse DNS. The shipped default exempts nobody.",
        ),
    ),
    claims=("SEC-RATE",),
    on=guides_limits,
)

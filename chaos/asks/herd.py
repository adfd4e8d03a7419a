"""Everything was restarted at once, and everybody comes back: at the same moments, or spread. What does that cost?"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from chaos.asks.hot_keys import HOT, HOT_KEY
from chaos.asks.returning import accompanied
from chaos.asks.stampede import computed, counted
from chaos.companions.herd import LOST, OK, Called, Try
from chaos.polling import until, wait
from harness.clock import nanoseconds, now, seconds
from harness.prober import Prober

CLIENTS = 60
PATHS = ("/users/me", HOT)
"""What an app asks for when it is there again: of the database, and of the cache."""

LONGEST_S = 10.0
BUSY_MS = 100
"""How short the moment is of which the busiest is sought."""

IN_STEP, AT_RANDOM = "herd-in-step", "herd-at-random"
ASKED = "http_requests_total{"
UNASKED = ('route="/health', 'route="/metrics')
QUERIES = "db_query_duration_seconds_count{"


class Return(NamedTuple):
    """The tries of one herd from when it lost its connections until each of its clients was answered again."""

    tries: Sequence[Try]
    lost: int
    back: dict[int, int]

    @classmethod
    def of(cls, told: Sequence[Try]) -> "Return":
        """Of all that a herd has told so far. `lost` is 0 as long as nothing was."""
        lost = min((one.began for one in told if one.status != OK), default=0)
        back: dict[int, int] = {}
        for one in told:
            if lost and one.status == OK and one.began > lost:
                back.setdefault(one.client, one.began + nanoseconds(one.seconds))
        tries = [one for one in told if one.status != LOST and lost <= one.began <= back.get(one.client, one.began)]
        return cls(tries, lost, back)

    @property
    def peak(self) -> int:
        """How many began within the busiest moment."""
        times = sorted(one.began for one in self.tries)
        moment = BUSY_MS * 1_000_000
        first, most = 0, 0
        for last, time in enumerate(times):
            while time - times[first] >= moment:
                first += 1
            most = max(most, last - first + 1)
        return most


async def gather_in_step(prober: Prober) -> None:
    await gather(prober, IN_STEP)


async def gather_at_random(prober: Prober) -> None:
    await gather(prober, AT_RANDOM)


async def return_in_step(prober: Prober) -> None:
    await until_back(prober, IN_STEP)


async def return_at_random(prober: Prober) -> None:
    await until_back(prober, AT_RANDOM)


async def gather(prober: Prober, name: str, clients: int = CLIENTS) -> None:
    """Returns when all are there, and each was answered."""
    token = (await prober.register()).token
    ca_file = prober.inside.ca_file
    called = Called(
        url=prober.url,
        paths=PATHS,
        token=token,
        clients=clients,
        in_step=name == IN_STEP,
        ca_file=str(ca_file) if ca_file else None,
    )
    await accompanied(prober).accompany(name, "chaos.companions.herd", called.environment())

    async def all_are_there() -> bool:
        return len({one.client for one in told(prober, name) if one.status == OK}) == clients

    await until(f"{name}: {clients} clients being served", all_are_there)


async def until_back(prober: Prober, name: str) -> None:
    """From the moment when everything serves again until each client was served, and what was asked for that."""
    began = now()

    async def all_are_back() -> bool:
        return len(Return.of(told(prober, name)).back) == CLIENTS

    await wait(all_are_back, LONGEST_S)
    await accompanied(prober).leave(name)
    came = Return.of(told(prober, name))
    last = max(came.back.values()) if len(came.back) == CLIENTS else now()
    detail = f"{len(came.back)} of {CLIENTS} clients are back"
    prober.saw("back", name, round(max(seconds(last - began), 0.0), 2), unit="s", detail=detail)
    prober.saw(
        "outage", name, round(seconds(last - came.lost), 2), unit="s", detail=f"for the last of {CLIENTS} clients"
    )
    detail = f"of {len(came.tries)} by {CLIENTS} clients, {len(came.tries) / CLIENTS:.1f} each"
    prober.saw(name, f"the busiest {BUSY_MS} ms", came.peak, unit="tries", detail=detail)
    for status in sorted({one.status for one in came.tries}):
        times = sum(one.status == status for one in came.tries)
        prober.saw("answers", name, status, detail=f"{times} times")
    asked = await counted(prober, lambda line: line.startswith(ASKED) and not any(no in line for no in UNASKED))
    queries = await counted(prober, lambda line: line.startswith(QUERIES))
    detail = f"{queries} queries for {asked} requests since the start"
    prober.saw("queries-per-request", name, round(queries / asked, 2) if asked else None, detail=detail)
    prober.saw("recomputations", f"{HOT_KEY}, since the start", await computed(prober), unit="queries")


def told(prober: Prober, name: str) -> list[Try]:
    """What a herd has told so far."""
    log = prober.folder / "logs" / f"{name}.log"
    lines = log.read_bytes().splitlines(keepends=True) if log.exists() else []
    return [msgspec.json.decode(line, type=Try) for line in lines if line.endswith(b"}\n")]

"""How long it takes after a restart until clients are served again, and how long a query hangs meanwhile."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec

from chaos.companions.patient_client import CONNECT_TIMEOUT_S, Asked
from chaos.companions.told import Told
from harness.clock import now, seconds
from harness.errors import NotApplicable
from harness.prober import Prober
from harness.stack import Accompanied

EVERY_S = 0.05
ENOUGH = 20
"""So many good answers in a row: all instances have had their turn."""

LONGEST_S = 30.0
ANSWERED_BY_THE_DATABASE = (httpx.codes.OK, httpx.codes.NOT_FOUND)
CLIENT = "patient-client"

INSTEAD = (
    "set server_login_retry = 1 and query_wait_timeout = 5 in pgbouncer.ini: drill restart-postgres tells how long it"
    " takes then"
)


async def begin_to_ask(prober: Prober) -> None:
    """A client of PgBouncer that waits as long as it takes is there before anything happens."""
    stack = accompanied(prober)
    parts = urlsplit(prober.environment["DATABASE_URL"])
    # What the application's own pool is told is not for libpq.
    url = urlunsplit(parts._replace(query=""))
    told = Told(url, statement="select 1")
    await stack.accompany(CLIENT, "chaos.companions.patient_client", told.environment())
    while True:
        if questions(prober):
            return
        await asyncio.sleep(EVERY_S)


async def until_served(prober: Prober) -> None:
    """From the moment when the server that was restarted answers again."""
    began = now()
    served, waited = await asyncio.gather(_served(prober, began), _longest_wait(prober, began))
    how = f"{ENOUGH} answers in a row from the database" if served < LONGEST_S else f"given up after {LONGEST_S:g} s"
    prober.saw("recovery-seconds", "a client", served, unit="s", detail=how)
    detail = f"{waited.why or 'answered then'}; connect_timeout is {CONNECT_TIMEOUT_S} s"
    prober.saw("query-seconds", "over a connection that was open", round(waited.seconds, 2), unit="s", detail=detail)
    await accompanied(prober).leave(CLIENT)


async def _served(prober: Prober, began: int) -> float:
    """Seconds until the first of enough good answers in a row."""
    first, good = began, 0
    async with prober.client() as client:
        while good < ENOUGH and seconds(now() - began) < LONGEST_S:
            asked = now()
            try:
                # A page that is not cached, for everybody.
                answered = (await client.get("/posts/1/page")).status_code in ANSWERED_BY_THE_DATABASE
            except httpx.HTTPError:
                answered = False
            first, good = (first if good else asked, good + 1) if answered else (first, 0)
            await asyncio.sleep(EVERY_S)
    return round(seconds(first - began), 2) if good >= ENOUGH else LONGEST_S


async def _longest_wait(prober: Prober, began: int) -> Asked:
    """The question that took longest, once one is answered that was sent after the return, or nobody waits longer."""
    while seconds(now() - began) < LONGEST_S:
        asked = questions(prober)
        if asked[-1].began > began and not asked[-1].why:
            return max(asked, key=lambda one: one.seconds)
        await asyncio.sleep(EVERY_S)
    last = questions(prober)[-1]
    return Asked(began=last.began, seconds=LONGEST_S, why=f"no answer in {LONGEST_S:g} s")


def questions(prober: Prober) -> list[Asked]:
    """What the patient client has told so far."""
    log = prober.folder / "logs" / f"{CLIENT}.log"
    lines = log.read_bytes().splitlines(keepends=True) if log.exists() else []
    return [msgspec.json.decode(line, type=Asked) for line in lines if line.endswith(b"}\n")]


def accompanied(prober: Prober) -> Accompanied:
    if not isinstance(prober.stack, Accompanied):
        raise NotApplicable("no process can run beside this stack", "run it with --stack embedded")
    return prober.stack

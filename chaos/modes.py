"""What a client may want of its session, each tried through PgBouncer while others use the same server connections."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple, Self

import psycopg
from psycopg import AsyncConnection

from chaos.polling import until
from harness.prober import Prober

Client = AsyncConnection[tuple[object, ...]]

BYSTANDERS = 12
"""More than there are idle server connections: whichever a client used last, another has it then."""

MORE_THAN_SERVERS = 40
ANSWERED_WITHIN_S = 1.0
NOTIFIED_WITHIN_S = 0.5
TIMEOUT = "7s"
"""What no other session has as its statement_timeout."""
SET_TIMEOUT = f"set statement_timeout = '{TIMEOUT}'"
SHOW_TIMEOUT_SLOWLY = "select current_setting('statement_timeout'), pg_sleep(0.2)"

BUSY = "select pg_sleep(30) /* bystander */"
COUNT_BUSY = "select count(*) from pg_stat_activity where state = 'active' and query = %s"
END_BUSY = "select pg_cancel_backend(pid) from pg_stat_activity where state = 'active' and query = %s"


async def connect(url: str) -> Client:
    return await AsyncConnection.connect(url, autocommit=True, prepare_threshold=None, connect_timeout=5)


async def value(client: Client, query: str) -> object:
    row = await (await client.execute(query.encode())).fetchone()
    return row[0] if row else None


class Others(NamedTuple):
    """Clients of the same pool."""

    prober: Prober
    clients: list[Client]

    @classmethod
    async def of(cls, prober: Prober, url: str, stack: AsyncExitStack) -> Self:
        return cls(prober, [await stack.enter_async_context(await connect(url)) for _ in range(BYSTANDERS)])

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Each of them keeps a server connection meanwhile."""
        running = [asyncio.create_task(client.execute(BUSY.encode())) for client in self.clients]
        try:
            await until("the pool's other clients being busy", self._all_are_busy)
            yield
        finally:
            await self.prober.sql(END_BUSY, BUSY)
            await asyncio.gather(*running, return_exceptions=True)

    async def _all_are_busy(self) -> bool:
        return int((await self.prober.sql(COUNT_BUSY, BUSY))[0][0]) >= len(self.clients)

    async def find_a_setting(self, url: str) -> bool:
        """Whether one of them has what somebody set who has left."""
        async with await connect(url) as client:
            await client.execute(SET_TIMEOUT.encode())
        # At once, each on a server connection of its own.
        shown = await asyncio.gather(*(value(other, SHOW_TIMEOUT_SLOWLY) for other in self.clients))
        return TIMEOUT in shown


class Feature(NamedTuple):
    """`begin` asks for it; `holds` is whether it is there afterwards, when others have used the pool."""

    name: str
    begin: Callable[[Client], Awaitable[object]]
    holds: Callable[[Client, Prober], Awaitable[bool]]


class Served(NamedTuple):
    """`why` not, in the server's words."""

    yes: bool
    why: str = ""


async def served(feature: Feature, url: str, others: Others) -> Served:
    try:
        async with await connect(url) as client:
            await feature.begin(client)
            async with others.busy():
                return Served(await feature.holds(client, others.prober))
    except psycopg.Error as error:
        return Served(False, str(error).strip())


async def more_clients_than_servers(url: str) -> Served:
    """Each asks, and stays connected with nothing more to do."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(await connect(url)) for _ in range(MORE_THAN_SERVERS)]
        asking = {asyncio.create_task(client.execute("select 1")): client for client in clients}
        done, waiting = await asyncio.wait(asking, timeout=ANSWERED_WITHIN_S)
        for task in waiting:
            hang_up(asking[task])
        await asyncio.gather(*asking, return_exceptions=True)
        return Served(not waiting, f"{len(done)} of {len(asking)} were answered within {ANSWERED_WITHIN_S:g} s")


def hang_up(client: Client) -> None:
    """Ends a query that waits: asking the server to cancel it would wait too."""
    with socket.fromfd(client.fileno(), socket.AF_INET, socket.SOCK_STREAM) as same_socket:
        same_socket.shutdown(socket.SHUT_RDWR)


async def nothing(client: Client) -> None:
    """It is all in what follows."""


def does(query: str) -> Callable[[Client], Awaitable[object]]:
    async def begin(client: Client) -> object:
        return await client.execute(query.encode())

    return begin


def gives(query: str, wanted: object) -> Callable[[Client, Prober], Awaitable[bool]]:
    async def holds(client: Client, prober: Prober) -> bool:
        return await value(client, query) == wanted

    return holds


async def prepare(client: Client) -> None:
    # By the protocol's own messages, as drivers do for queries that come again.
    client.prepare_threshold = 0
    await client.execute("select %s::int", (1,), prepare=True)


async def run_prepared(client: Client, prober: Prober) -> bool:
    row = await (await client.execute("select %s::int", (2,), prepare=True)).fetchone()
    return row == (2,)


async def two_statements(client: Client, prober: Prober) -> bool:
    async with client.transaction():
        first = await value(client, "select pg_backend_pid()")
        return await value(client, "select pg_backend_pid()") == first


async def lock_for_a_transaction(client: Client, prober: Prober) -> bool:
    async with client.transaction():
        await client.execute("select pg_advisory_xact_lock(2)")
        ((free,),) = await prober.sql("select pg_try_advisory_xact_lock(2)")
        return not free


async def is_notified(client: Client, prober: Prober) -> bool:
    await prober.sql("notify news")
    return bool([notice async for notice in client.notifies(timeout=NOTIFIED_WITHIN_S, stop_after=1)])


STATEMENT = Feature("a statement", nothing, gives("select 1", 1))
TRANSACTIONS = (
    Feature("a transaction of two statements", nothing, two_statements),
    Feature("an advisory lock for a transaction", nothing, lock_for_a_transaction),
)
SESSION = (
    Feature("SET", does(SET_TIMEOUT), gives("show statement_timeout", TIMEOUT)),
    Feature("PREPARE", does("prepare twice as select 2"), gives("execute twice", 2)),
    # Only tried: where it was lost, nobody can let it go, and who waits for it waits for ever.
    Feature("an advisory lock", does("select pg_try_advisory_lock(1)"), gives("select pg_advisory_unlock(1)", True)),
    Feature("a temporary table", does("create temp table mine as select 3 as it"), gives("select it from mine", 3)),
    Feature("LISTEN", does("listen news"), is_notified),
)
PREPARED = Feature("a statement prepared by the protocol", prepare, run_prepared)

"""What the faults have in common that hold something of the database or its pool: a companion process holds it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg

from chaos.companions.told import Told, mark
from chaos.logins import login_at
from harness.clock import nanoseconds, now
from harness.errors import StackError, UsageError
from harness.fault import LOOK_EVERY_S, Felt, Gone, MemberFault, NotFelt
from harness.stack import Accompanied, Harmable, Inspectable

IN_EFFECT_WITHIN_S = 25.0
"""A thousand clients log in one after the other, and PgBouncer's reserve opens only after seconds."""

ADMIN_PATIENCE_S = 5.0
MOST_CLIENTS = 5000
POOL_PARAMETERS = ("connection_limit", "pool_timeout", "schema", "pgbouncer")
"""Of DATABASE_URL: what libpq does not know."""

COUNT = "select count(*) from pg_stat_activity where state = %s and strpos(query, %s) > 0 and pid <> pg_backend_pid()"
END = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where state <> 'idle' and strpos(query, %s) > 0 and pid <> pg_backend_pid()"
)


class CompanionFault(MemberFault, frozen=True):
    """In effect from when it is seen: what is held is taken one after the other."""

    wants: ClassVar[type[object]] = Accompanied
    module: ClassVar[str]
    """What the companion runs."""

    def told(self, stack: Accompanied) -> Told:
        raise NotImplementedError

    def undo(self) -> str:
        return f"end what holds {self.target}: the companion {self.name}"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Accompanied)
        await stack.accompany(self.name, self.module, self.told(stack).environment())
        deadline = now() + nanoseconds(IN_EFFECT_WITHIN_S)
        while True:
            looked = now()
            evidence = await self.seen(stack)
            if evidence is not None:
                return Felt(looked, now(), evidence)
            if now() > deadline:
                raise NotFelt(f"nothing was seen of {self.describe()} in {IN_EFFECT_WITHIN_S:g} s")
            await asyncio.sleep(LOOK_EVERY_S)

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Accompanied)
        await stack.leave(self.name)
        # The database only misses a client when it has something to tell it: a statement that runs would run on.
        async with as_admin(stack) as connection:
            await connection.execute(END, [mark(self.name)])
        return await self.until_gone(stack, f"nothing is held of {self.target} any more, and it serves")

    async def count(self, stack: Harmable, state: str) -> int:
        """How many of the companion's connections the database shows in a state."""
        assert isinstance(stack, Inspectable)
        async with as_admin(stack) as connection:
            row = await (await connection.execute(COUNT, [state, mark(self.name)])).fetchone()
        assert row is not None
        return int(row[0])


def must_be_clients(clients: int) -> None:
    if not 1 <= clients <= MOST_CLIENTS:
        raise UsageError(f"{clients} clients hold nothing, or too much", f"use 1 to {MOST_CLIENTS:,}")


async def refusal(url: str) -> str | None:
    """Why one more connection is refused, in the server's words; None when it is not."""
    try:
        async with await psycopg.AsyncConnection.connect(url, prepare_threshold=None, autocommit=True):
            return None
    except psycopg.OperationalError as error:
        return str(error).strip().rpartition("FATAL:")[2].strip()


def admin_url(stack: Inspectable) -> str:
    """Past the pool, as the database's superuser. Raises StackError where the harness is not let in."""
    if stack.database_url is None:
        raise StackError("this stack does not let the harness into its database", "run it with --stack embedded")
    return stack.database_url


@asynccontextmanager
async def as_admin(stack: Inspectable) -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection as the database's superuser. Where connections are exhausted, even those that are reserved are taken
    at times, by others who only try: then it is tried again.
    """
    deadline = now() + nanoseconds(ADMIN_PATIENCE_S)
    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(admin_url(stack), autocommit=True)
        except psycopg.OperationalError:
            if now() > deadline:
                raise
            await asyncio.sleep(LOOK_EVERY_S)
        else:
            break
    async with connection:
        yield connection


def pooled_url(stack: Inspectable) -> str:
    """As the application connects, without what only its own pool reads."""
    parts = urlsplit(stack.app_environment["DATABASE_URL"])
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in POOL_PARAMETERS]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def direct_url(stack: Inspectable, database: str) -> str:
    """As the application's role, but past the pool; `database` is the member to connect to."""
    return login_at(stack, stack.address(database))

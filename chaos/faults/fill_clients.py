"""fill-clients: PgBouncer has as many clients as it may have (max_client_conn). Heal ends those that filled it."""

import asyncio
from typing import ClassVar

from chaos.by_companion import MOST_CLIENTS, CompanionFault, pooled_url, refusal
from chaos.companions.told import Told, mark
from harness.errors import UsageError
from harness.fault import LOOK_EVERY_S
from harness.stack import Accompanied, Harmable, Role

LOG = "fill-clients"
"""The companion's log, where it says what became of its queries: chaos.companions.connections.Round."""

LOOKS = 10


class FillClients(CompanionFault, tag="fill-clients", frozen=True, kw_only=True):
    """Where `query_s` is given, all of them run a query of that many seconds at once, again and again."""

    module: ClassVar[str] = "chaos.companions.connections"

    role: Role = Role.POOL
    query_s: float | None = None

    def __post_init__(self) -> None:
        if self.query_s is not None and not 0 <= self.query_s <= 60:
            raise UsageError(f"a query of {self.query_s:g} s cannot be run by every client", "use 0 to 60")

    def describe(self) -> str:
        return f"connect to {self.target} until it refuses one more client"

    def told(self, stack: Accompanied) -> Told:
        statement = "" if self.query_s is None else f"select pg_sleep({self.query_s:g}) {mark(self.name)}"
        return Told(pooled_url(stack), MOST_CLIENTS, statement)

    async def seen(self, stack: Harmable) -> str | None:
        """Full is full though a client of somebody else's left just now: the next place is the companion's."""
        assert isinstance(stack, Accompanied)
        for _ in range(LOOKS):
            why = await refusal(pooled_url(stack))
            if why:
                return f"{self.target} refuses one more client: {why}"
            await asyncio.sleep(LOOK_EVERY_S)
        return None


EXAMPLE = FillClients()
"""What the contract test of all faults tries."""

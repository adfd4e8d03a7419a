"""slow-queries: clients of the pool run statements that take long, one after the other. Heal ends both."""

from typing import ClassVar

from chaos.by_companion import CompanionFault, must_be_clients, pooled_url
from chaos.companions.told import Told, mark
from harness.errors import UsageError
from harness.stack import Accompanied, Harmable, Role

MOST_SECONDS = 3600.0


class SlowQueries(CompanionFault, tag="slow-queries", frozen=True, kw_only=True):
    """Each statement takes `seconds`. Felt when as many run as there are `clients`."""

    module: ClassVar[str] = "chaos.companions.queries"

    role: Role = Role.POOL
    clients: int = 20
    seconds: float = 10.0

    def __post_init__(self) -> None:
        must_be_clients(self.clients)
        if not 0.1 <= self.seconds <= MOST_SECONDS:
            text = f"a slow query cannot take {self.seconds:g} s"
            raise UsageError(text, f"use 0.1 to {MOST_SECONDS:g}")

    def describe(self) -> str:
        return f"run {self.clients} queries of {self.seconds:g} s at once through {self.target}"

    def told(self, stack: Accompanied) -> Told:
        return Told(pooled_url(stack), self.clients, f"select pg_sleep({self.seconds:g}) {mark(self.name)}")

    async def seen(self, stack: Harmable) -> str | None:
        running = await self.count(stack, "active")
        return f"{running} server connections of {self.target} run slow queries" if running >= self.clients else None


EXAMPLE = SlowQueries(clients=10)
"""What the contract test of all faults tries."""

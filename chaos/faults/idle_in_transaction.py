"""idle-in-transaction: clients of the pool open a transaction and do nothing in it, so that nobody else gets its
server connection. Heal ends the clients.
"""

from typing import ClassVar

from chaos.by_companion import CompanionFault, must_be_clients, pooled_url
from chaos.companions.told import Told, mark
from harness.stack import Accompanied, Harmable, Role

STATE = "idle in transaction"


class IdleInTransaction(CompanionFault, tag="idle-in-transaction", frozen=True, kw_only=True):
    """Felt when each of the `clients` has a server connection: there must be as many, the reserve included."""

    module: ClassVar[str] = "chaos.companions.transactions"

    role: Role = Role.POOL
    clients: int = 30

    def __post_init__(self) -> None:
        must_be_clients(self.clients)

    def describe(self) -> str:
        return f"hold {self.clients} connections of {self.target} idle in transaction"

    def told(self, stack: Accompanied) -> Told:
        return Told(pooled_url(stack), self.clients, f"select 1 {mark(self.name)}")

    async def seen(self, stack: Harmable) -> str | None:
        held = await self.count(stack, STATE)
        if held < self.clients:
            return None
        return f"{held} server connections of {self.target} are idle in transaction"


EXAMPLE = IdleInTransaction(clients=10)
"""What the contract test of all faults tries."""

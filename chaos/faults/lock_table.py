"""lock-table: somebody holds a table locked against everybody, as a migration does. Heal lets it go."""

import re
from typing import ClassVar

from chaos.by_companion import CompanionFault, admin_url
from chaos.companions.told import Told, mark
from harness.errors import UsageError
from harness.stack import Accompanied, Harmable, Role

STATE = "idle in transaction"
NAME = re.compile(r"[a-z_][a-z0-9_]*")


class LockTable(CompanionFault, tag="lock-table", frozen=True, kw_only=True):
    """In the mode ACCESS EXCLUSIVE: who only wants to read waits too, and so does whoever comes after it."""

    module: ClassVar[str] = "chaos.companions.transactions"

    role: Role = Role.DB
    table: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.table):
            raise UsageError(f"{self.table!r} is no table that can be locked", "name one as it is in the schema")

    def describe(self) -> str:
        return f"lock the table {self.table} of {self.target}"

    def told(self, stack: Accompanied) -> Told:
        return Told(admin_url(stack), 1, f"lock table {self.table} in access exclusive mode {mark(self.name)}")

    async def seen(self, stack: Harmable) -> str | None:
        # While it waits for the lock it is active.
        return f"{self.table} is locked in {self.target}" if await self.count(stack, STATE) else None


EXAMPLE = LockTable(table="posts")
"""What the contract test of all faults tries."""

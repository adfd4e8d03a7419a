"""exhaust-connections: the database's max_connections are taken, past the pool. Heal gives them back."""

from typing import ClassVar

from chaos.by_companion import MOST_CLIENTS, CompanionFault, as_admin, direct_url, refusal
from chaos.companions.told import Told
from harness.stack import Accompanied, Harmable, Role

TAKEN = """
select (select count(*) from pg_stat_activity
        where backend_type = 'client backend' and state <> 'starting' and pid <> pg_backend_pid()),
       (select sum(case name when 'max_connections' then setting::int else -setting::int end) from pg_settings
        where name in ('max_connections', 'superuser_reserved_connections', 'reserved_connections'))
"""
"""Connections that are there, and how many there may be. Those that only try to connect are refused for each other's
sake too, and say nothing.
"""


class ExhaustConnections(CompanionFault, tag="exhaust-connections", frozen=True, kw_only=True):
    """All that the application's role can have, and whatever becomes free meanwhile. What is reserved for superusers
    stays.
    """

    module: ClassVar[str] = "chaos.companions.connections"

    role: Role = Role.DB

    def describe(self) -> str:
        return f"take every connection that {self.target} has left"

    def told(self, stack: Accompanied) -> Told:
        return Told(direct_url(stack, self.target), MOST_CLIENTS)

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Accompanied)
        async with as_admin(stack) as connection:
            row = await (await connection.execute(TAKEN)).fetchone()
        assert row is not None
        taken, most = row
        why = await refusal(direct_url(stack, self.target)) if taken >= most else None
        return f"{taken} of {most} connections of {self.target} are taken, one more is refused: {why}" if why else None


EXAMPLE = ExhaustConnections()
"""What the contract test of all faults tries."""

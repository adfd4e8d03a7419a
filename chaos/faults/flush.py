"""flush: the cache loses all that it holds, and goes on. It leaves nothing to undo."""

from typing import ClassVar

from redis.asyncio import Redis

from harness.clock import now
from harness.errors import UsageError
from harness.fault import Felt, Gone, MemberFault, NotFelt
from harness.stack import Harmable, Inspectable, Role

PATIENCE_S = 5.0


class Flush(MemberFault, tag="flush", frozen=True):
    """FLUSHALL: what an administrator types, or what an eviction comes to."""

    wants: ClassVar[type[object]] = Inspectable
    lasts: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.role is not Role.CACHE:
            raise UsageError(f"flush empties a cache, so it is for the cache only, not for {self.role.value}")

    def undo(self) -> str:
        return f"nothing: {self.target} fills again by itself"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Inspectable)
        began = now()
        async with Redis.from_url(
            stack.app_environment["REDIS_URL"], socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
        ) as client:
            # Counted in the same transaction: a moment later it holds something again.
            transaction = client.pipeline(transaction=True)
            for command in ("DBSIZE", "FLUSHALL", "DBSIZE"):
                transaction.execute_command(command)
            held, _, left = await transaction.execute()
        if left:
            raise NotFelt(f"{self.target} holds {left} keys after it was flushed")
        return Felt(began, now(), f"{self.target} lost all of its {held} keys")

    async def heal(self, stack: Harmable) -> Gone:
        return await self.until_gone(stack, f"{self.target} serves, and fills again by itself")

    async def seen(self, stack: Harmable) -> str | None:
        return None


EXAMPLE = Flush(Role.CACHE)
"""What the contract test of all faults tries."""

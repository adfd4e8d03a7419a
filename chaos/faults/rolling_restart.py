"""rolling-restart: every instance is stopped and started again, one after the other. It leaves nothing to undo."""

from typing import ClassVar

from harness.clock import now
from harness.fault import Felt, Gone, InstancesFault, NotFelt
from harness.stack import Harmable


class RollingRestart(InstancesFault, tag="rolling-restart", frozen=True):
    """In effect from the moment when the first instance is asked to end; felt when all of them serve again."""

    patience_s: ClassVar[float] = 120.0
    lasts: ClassVar[bool] = False

    def undo(self) -> str:
        return f"wait until {self.target} serve"

    async def inject(self, stack: Harmable) -> Felt:
        began: list[int] = []
        for instance in self.instances:
            began.append(await stack.stop(instance))
            if await stack.accepts(instance):
                raise NotFelt(f"{instance} was asked to end, and its port still takes connections")
            await stack.start(instance)
        return Felt(min(began, default=now()), now(), f"{self.target} ended one after the other, and serve again")

    async def heal(self, stack: Harmable) -> Gone:
        for instance in self.instances:
            await stack.start(instance)
        return Gone(now(), f"{self.target} serve")

    async def seen(self, stack: Harmable) -> str | None:
        return None


EXAMPLE = RollingRestart()
"""What the contract test of all faults tries."""

"""deploy: every instance is replaced by one of the next version, one after the other. Heal rolls back."""

from typing import ClassVar

from harness.clock import now
from harness.fault import Felt, Gone, InstancesFault, NotGone
from harness.stack import Deployable, Harmable


class Deploy(InstancesFault, tag="deploy", frozen=True):
    """In effect from the moment when the first instance is asked to end; felt when all are of the next version."""

    wants: ClassVar[type[object]] = Deployable
    patience_s: ClassVar[float] = 120.0

    def undo(self) -> str:
        return f"roll {self.target} back"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Deployable)
        _, following = stack.versions
        asked = [await stack.deploy(instance, following) for instance in self.instances]
        return await self.until_felt(stack, began=min(asked, default=now()))

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Deployable)
        first, _ = stack.versions
        for instance in self.instances:
            await stack.deploy(instance, first)
        if others := await self._not_of(stack, first):
            raise NotGone(f"{', '.join(others)} does not say that it is of version {first}")
        return Gone(now(), f"{self.target} are of version {first} again")

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Deployable)
        _, following = stack.versions
        return None if await self._not_of(stack, following) else f"{self.target} are of version {following}"

    async def _not_of(self, stack: Deployable, version: str) -> list[str]:
        return [instance for instance in self.instances if await stack.version(instance) != version]


EXAMPLE = Deploy()
"""What the contract test of all faults tries."""

"""out-of-memory: the kernel kills a member that has used up its memory. Heal gives it its memory back."""

from typing import ClassVar

from harness.clock import now
from harness.errors import UsageError
from harness.fault import Felt, Gone, MemberFault, one
from harness.stack import Containers, Harmable, Role

MIB = 1024 * 1024
LEAST_MIB, MOST_MIB = 32, 4096

# `dd` keeps a block in its memory. What the kernel kills for it must be the member and not `dd`: anybody may raise a
# score, and only a privileged process may lower its own.
EAT = """
for score in /proc/[0-9]*/oom_score_adj; do
  [ "$score" = "/proc/$$/oom_score_adj" ] || { echo 1000 > "$score"; } 2>/dev/null
done
exec dd if=/dev/zero of=/dev/null bs="$1" count=1
"""
SPARE = """
for score in /proc/[0-9]*/oom_score_adj; do
  { [ "$(cat "$score")" != 1000 ] || echo 0 > "$score"; } 2>/dev/null
done
"""


class OutOfMemory(MemberFault, tag="out-of-memory", frozen=True, kw_only=True):
    """The member's limit is lowered to `limit_mib`, and what it leaves of that is used up by somebody else within its
    container. Whatever its restart policy then does, the lower limit stays until the heal.
    """

    wants: ClassVar[type[object]] = Containers

    limit_mib: int = 192

    def __post_init__(self) -> None:
        if not LEAST_MIB <= self.limit_mib <= MOST_MIB:
            text = f"a member's memory cannot be limited to {self.limit_mib} MiB"
            raise UsageError(text, f"use {LEAST_MIB} to {MOST_MIB}, and more than it needs")

    def undo(self) -> str:
        return f"give {self.target} its memory limit back, and start it where its restart policy has not"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Containers)
        asked = now()
        if await self.seen(stack) is None:
            if (await stack.state(self.target)).memory_bytes is None:
                # Docker changes a limit, and cannot take one away.
                raise UsageError(
                    f"{self.target} has no memory limit, and a lower one could not be taken off it again",
                    "give it one (deploy.resources.limits.memory)",
                )
            await stack.limit(self.target, memory_bytes=self.limit_mib * MIB)
            # Ends with the container.
            await self.run_inside(stack, ["sh", "-c", EAT, "sh", str(self.limit_mib * MIB)])
        felt = await self.until_felt(stack, began=now())
        ended = (await stack.state(self.target)).ended
        return felt if ended is None or ended < asked else felt._replace(began=min(ended, felt.seen))

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Containers)
        await stack.unlimit(self.target)
        await stack.start(self.target)
        await stack.run(self.target, ["sh", "-c", SPARE])
        return await self.until_gone(stack, f"{self.target} has its memory limit back, and serves")

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Containers)
        state = await stack.state(self.target)
        if not state.out_of_memory or state.memory_bytes != self.limit_mib * MIB:
            return None
        return f"the kernel killed {self.target} when its {self.limit_mib} MiB of memory were used up"


EXAMPLE = OutOfMemory(Role.APP, one)
"""What the contract test of all faults tries."""

"""What is done with a new certificate, as the plan says."""

from collections.abc import Sequence

import pytest

from harness.stack import Role
from harness.stacks.balancer import renew
from harness.stacks.plan import Renewal
from tests.chaos.test_faults import Paper


class Balanced(Paper):
    """With a balancer; notes what was done."""

    def __init__(self) -> None:
        super().__init__(["app-1"])
        self.done: list[str] = []

    def members(self, role: Role) -> Sequence[str]:
        return ["lb"] if role is Role.LB else super().members(role)

    async def stop(self, member: str) -> int:
        self.done.append(f"stop {member}")
        return 1

    async def start(self, member: str) -> None:
        self.done.append(f"start {member}")


@pytest.mark.parametrize(
    ("how", "done"),
    [
        (Renewal.TOLD, ["told"]),
        (Renewal.RESTARTED, ["stop lb", "start lb"]),
        (Renewal.FILED, []),
    ],
)
async def test_a_balancer_is_told_or_restarted_or_left_alone(how: Renewal, done: list[str]) -> None:
    stack = Balanced()

    async def tell() -> None:
        stack.done.append("told")

    await renew(stack, how, tell)
    assert stack.done == done

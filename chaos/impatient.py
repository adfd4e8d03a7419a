"""The target with less patience for the AI service: the guide's 5 s, 1 s and 30 s are longer than a drill."""

from collections.abc import Callable

import msgspec

from harness.stacks.plan import StackPlan


def impatient(*, timeout_ms: int, interval_ms: int, reset_ms: int) -> Callable[[StackPlan], StackPlan]:
    """An `on`: a call's deadline, the pause between its tries, and how long a breaker is open. The guide's 3 tries and
    50 % stay.
    """
    settings = {
        "AI_TIMEOUT_MS": str(timeout_ms),
        "AI_RETRY_INTERVAL_MS": str(interval_ms),
        "AI_BREAKER_RESET_MS": str(reset_ms),
    }

    def on(plan: StackPlan) -> StackPlan:
        return msgspec.structs.replace(plan, app_environment=plan.app_environment | settings)

    return on

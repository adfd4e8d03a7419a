"""PgBouncer as it comes: what the guide does not set."""

import msgspec

from harness.stacks.plan import StackPlan

DEFAULTS = {"server_login_retry": "15", "query_wait_timeout": "120"}
"""PgBouncer's own, which the guide leaves alone."""


def by_the_guide(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer=plan.pgbouncer | DEFAULTS)

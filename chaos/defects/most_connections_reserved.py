"""The database keeps so many connections for its superusers that the plan for the instances does not hold."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, postgres=plan.postgres | {"superuser_reserved_connections": "60"})


DEFECT = Defect(
    title="60 of 100 connections are for superusers only",
    drill="pool-plan",
    caught_by="observed planned",
    spoil=spoil,
)

"""An index that is not there: a migration that was never run, or was undone by hand."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, sql=(*plan.sql, "drop index idx_message_conversation"))


DEFECT = Defect(
    title="idx_message_conversation is missing", drill="indexes", caught_by="observed index-exists", spoil=spoil
)

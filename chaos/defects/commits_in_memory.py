"""`synchronous_commit = off`, and the log written every ten seconds: a commit is acknowledged before it is on any disk."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    loose = {"synchronous_commit": "off", "wal_writer_delay": "10s"}
    return msgspec.structs.replace(plan, postgres=plan.postgres | loose)


DEFECT = Defect(
    title="Postgres acknowledges a commit that it has only in memory",
    drill="kill-postgres",
    caught_by="no-write-lost",
    spoil=spoil,
)

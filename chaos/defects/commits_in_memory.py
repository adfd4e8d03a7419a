"""`synchronous_commit = off`, and the log written every ten seconds: what is acknowledged may be in memory only."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan

# Of the database and not of the server: the migrations, and what the load logs in with, are older than the crash.
OFF = """
do $$ begin
  execute format('alter database %I set synchronous_commit = off', current_database());
end $$
"""


def spoil(plan: StackPlan) -> StackPlan:
    late = plan.postgres | {"wal_writer_delay": "10s"}
    return msgspec.structs.replace(plan, postgres=late, sql=(*plan.sql, OFF))


DEFECT = Defect(
    title="Postgres acknowledges a commit that it has only in memory",
    drill="kill-postgres",
    caught_by="no-write-lost",
    spoil=spoil,
)

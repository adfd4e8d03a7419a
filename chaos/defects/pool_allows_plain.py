"""PgBouncer takes TLS from those who offer it, and takes the others too."""

import msgspec

from harness.defect import Defect
from harness.stacks.plan import StackPlan


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, pgbouncer={**plan.pgbouncer, "client_tls_sslmode": "allow"})


DEFECT = Defect(
    title="The pool takes connections without TLS too",
    drill="database-over-tls",
    caught_by="observed pool-takes-disable",
    spoil=spoil,
)

"""Nobody has changed what PgBouncer does after a failed login: it waits for fifteen seconds, as it comes."""

from chaos.pooler_defaults import by_the_guide
from harness.defect import Defect

DEFECT = Defect(
    title="PgBouncer is left at its defaults",
    drill="restart-postgres",
    caught_by="observed recovery-seconds",
    spoil=by_the_guide,
)

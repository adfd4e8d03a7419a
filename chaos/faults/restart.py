"""restart: a server is shut down as an administrator does it, and is away for a while. Heal starts it again."""

from chaos.faults.stop import Stop
from harness.stack import Role


class Restart(Stop, tag="restart", frozen=True):
    """Postgres by its fast shutdown, PgBouncer by its immediate one, an instance by its drain. Whoever is connected
    is hung up on. In effect while the server is away: a restart that takes a second is one of a second's phase.
    """

    def describe(self) -> str:
        return f"shut {self.target} down, to start it again"


EXAMPLE = Restart(Role.CACHE)
"""What the contract test of all faults tries."""

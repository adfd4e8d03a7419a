"""reset_peer: the connection is reset (RST, to both ends) after `timeout` ms, with 0 at once; until then all passes."""

from chaos.proxy.toxic import Ending, Fate, Milliseconds, Toxic


class ResetPeer(Toxic, frozen=True):
    timeout: Milliseconds = 0

    def fate(self) -> Fate:
        return Fate(self.timeout / 1000, Ending.RESET)


EXAMPLE = ResetPeer()
"""What the contract test of all toxics tries."""

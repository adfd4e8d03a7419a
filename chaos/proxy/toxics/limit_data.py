"""limit_data: the connection is closed once `bytes` of them have passed."""

from chaos.proxy.toxic import Bytes, Ending, Portion, Toxic, Waiting


class LimitData(Toxic, frozen=True):
    bytes: Bytes

    def portion(self, waiting: Waiting) -> Portion:
        left = max(0, self.bytes - waiting.passed)
        return Portion(min(left, waiting.size), waiting.arrived, Ending.CLOSE if left <= waiting.size else None)


EXAMPLE = LimitData(bytes=1000)
"""What the contract test of all toxics tries."""

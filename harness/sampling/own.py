"""The harness's own process: what records a run for hours must not grow itself."""

import psutil

from harness.sampling.base import Reading, reading

METRICS = ("cpu_percent", "rss_bytes", "fds", "threads")


class OwnMeter:
    """Of this process alone: what it has started is sampled as what it is."""

    role = "harness"
    subject = "harness"
    interval_s = 1.0

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()

    async def read(self) -> Reading:
        """cpu_percent is of one core since the last reading."""
        process = self._process
        with process.oneshot():
            figures = (
                process.cpu_percent(),
                process.memory_info().rss,
                process.num_fds(),
                process.num_threads(),
            )
        values = dict(zip(METRICS, map(float, figures), strict=True))
        return reading(self.role, self.subject, values)

    async def close(self) -> None:
        """Nothing is held."""

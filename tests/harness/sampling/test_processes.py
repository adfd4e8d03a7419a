"""A server's processes: all that it has started, and nobody else's."""

import os
import signal
import subprocess

from harness.sampling.processes import ProcessMeter, descendants
from tests.servers import until

FAMILY = "(sleep 600 & wait) & (sleep 600 & sleep 600 & wait)"


async def figures(pid: int | None) -> dict[str, float]:
    read = await ProcessMeter("app", "app-1", lambda: pid).read()
    return {sample.metric: sample.value for sample in read.samples}


async def test_a_server_is_counted_with_all_that_it_has_started() -> None:
    with subprocess.Popen(["bash", "-c", FAMILY], start_new_session=True) as server:  # noqa: ASYNC220
        until(lambda: len(list(descendants(server.pid))) == 5, "all of them have started")
        values = await figures(server.pid)
        assert values["processes"] == values["threads"] == 6
        assert values["rss_bytes"] > 0
        os.killpg(server.pid, signal.SIGKILL)
    assert await figures(server.pid) == await figures(None) == {"processes": 0}
    assert list(descendants(server.pid)) == []

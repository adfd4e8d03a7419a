"""Metrics to a push gateway, for where nobody comes to scrape.

In a thread, and a gateway that is gone costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, push_to_gateway

from target.observability.logs import log

_SEND_SECONDS = 2.0
_LOG_EVERY_SECONDS = 60.0


class MetricsPush:
    """Pushes all metrics every so often, as the group of this instance."""

    def __init__(
        self,
        gateway: str,
        registry: CollectorRegistry,
        job: str,
        instance: str,
        every_seconds: float,
        lost: Callable[[int], None],
    ) -> None:
        self._gateway = gateway
        self._registry = registry
        self._job = job
        self._group = {"instance": instance}
        self._every = every_seconds
        self._lost = lost
        self._stop = threading.Event()
        self._last_logged = float("-inf")
        self._thread = threading.Thread(target=self._run, name="metrics-push", daemon=True)

    def start(self) -> None:
        """Push from now on."""
        self._thread.start()

    def close(self) -> None:
        """Push once more, so that the last requests are counted, and end. Blocks for as long as that takes."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self._push()
        self._push()

    def _push(self) -> None:
        try:
            push_to_gateway(self._gateway, self._job, self._registry, self._group, timeout=_SEND_SECONDS)
        # OSError is a gateway that is gone or refuses; the rest is one that does not speak HTTP.
        except Exception as error:
            self._lost(1)
            now = time.monotonic()
            if now - self._last_logged >= _LOG_EVERY_SECONDS:
                self._last_logged = now
                log.warning("metrics cannot be pushed", error=type(error).__name__, reason=str(error))

"""Everything by which this process tells others what it does: Sentry, a collector of traces, a push gateway.

Each is there when the settings give its address; the libraries of those that are not there are not even imported.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

from starlette.types import Scope

from target.observability.logs import log
from target.observability.metrics import Metrics
from target.observability.push import MetricsPush
from target.observability.tracing import Trace, Tracer, current_trace_id
from target.settings import Settings

# All together, at the end: a collector that hangs must not hold up a deploy.
_CLOSE_SECONDS = 3.0


class Outlets:
    """Made with the application; nothing is sent before `open`."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._closers: list[Callable[[], None]] = []
        lost = metrics.telemetry_lost
        self.push: MetricsPush | None = None
        export: Callable[[Trace], None] | None = None
        if settings.otlp_endpoint and not settings.otel_disabled:
            from target.observability.otlp import OtlpExport

            export = otlp = OtlpExport(settings.otlp_endpoint, settings, lost.labels("traces").inc)
            self._closers.append(otlp.close)
        self._sentry = None
        if settings.sentry_dsn:
            from target.observability.sentry import Sentry

            self._sentry = Sentry(settings.sentry_dsn, settings, lost.labels("sentry").inc)
            self._closers.append(self._sentry.close)
        if settings.push_gateway:
            self.push = MetricsPush(
                settings.push_gateway,
                metrics.registry,
                settings.otel_service_name,
                settings.instance_name,
                settings.push_seconds,
                lost.labels("metrics").inc,
            )
            self._closers.append(self.push.close)
        self.tracer = Tracer(
            export,
            settings.otel_sampler_share,
            self._sentry.measure if self._sentry else None,
            settings.sentry_traces_sample_rate,
        )

    def report(self, error: BaseException, scope: Scope) -> None:
        """Tell Sentry of an error that nobody foresaw. Never raises: it is called where things have gone wrong."""
        if self._sentry is None:
            return
        try:
            route = scope.get("route")
            identity = scope.get("identity")
            self._sentry.capture(
                error,
                current_trace_id.get(),
                "unmatched" if route is None else route.path,
                scope["method"],
                None if identity is None else identity.user_id,
            )
        except Exception as trouble:
            log.error("an error could not be reported", exc_info=trouble)

    def open(self) -> None:
        """Begin to send what is sent at intervals."""
        if self.push is not None:
            self.push.start()

    async def close(self) -> None:
        """Send what waits, for a few seconds at most."""
        if not self._closers:
            return
        loop = asyncio.get_running_loop()
        waiting = [loop.create_future() for _ in self._closers]

        def run(closer: Callable[[], None], done: asyncio.Future[None]) -> None:
            try:
                closer()
            finally:
                # The loop does not wait for those that are late.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(done.set_result, None)

        for closer, done in zip(self._closers, waiting, strict=True):
            threading.Thread(target=run, args=(closer, done), name="telemetry-close", daemon=True).start()
        await asyncio.wait(waiting, timeout=_CLOSE_SECONDS)

"""Errors that nobody foresaw go to Sentry, each once, with who met it and in which release.

The SDK is used without its automatic instrumentation, which would wrap every layer of the application; what there is
to tell is known in two places. Its transport sends in a thread, from a queue that drops when it is full.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from target.observability.scrub import scrub, scrub_values
from target.observability.tracing import Kind, Span, Trace
from target.settings import Settings

if TYPE_CHECKING:
    from sentry_sdk._types import Event, Hint

_MOST_WAITING = 200
_FLUSH_SECONDS = 2.0
_NS = 1e9
_OPS = {Kind.SERVER: "http.server", Kind.INTERNAL: "function", Kind.CLIENT: "client"}


class Sentry:
    """One project's client. It is no global: two applications can share a process. `lost` counts what it dropped."""

    def __init__(self, dsn: str, settings: Settings, lost: Callable[[int], None]) -> None:
        # Here, since it looks for gevent by importing it, where that is installed.
        import sentry_sdk
        from sentry_sdk.transport import HttpTransport
        from sentry_sdk.utils import event_from_exception

        class CountingTransport(HttpTransport):
            """The SDK would tell the losses to Sentry only, which is what cannot be reached."""

            def record_lost_event(
                self, reason: str, data_category: Any = None, item: Any = None, *, quantity: int = 1
            ) -> None:
                # Told once for each item, and once more for the spans that were in it.
                if item is not None or data_category == "error":
                    lost(1)

        self._event_from = event_from_exception
        self._client = sentry_sdk.Client(
            dsn=dsn,
            release=settings.app_version,
            environment=settings.environment,
            server_name=settings.instance_name,
            default_integrations=False,
            auto_enabling_integrations=False,
            # What people sent stays here: neither local variables nor bodies. Headers, addresses and e-mail are not
            # even told to the SDK.
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            before_send=_before_send,
            before_send_transaction=_before_send,
            transport=CountingTransport,
            transport_queue_size=_MOST_WAITING,
            send_client_reports=False,
            shutdown_timeout=_FLUSH_SECONDS,
        )

    def capture(self, error: BaseException, trace_id: str, transaction: str, method: str, user_id: int | None) -> None:
        """Send one error. `transaction` is the route's template; the user is known by id alone."""
        event, hint = self._event_from(
            error, client_options=self._client.options, mechanism={"type": "asgi", "handled": False}
        )
        event["transaction"] = transaction
        event["contexts"] = {"trace": {"trace_id": trace_id, "span_id": trace_id[:16]}}
        event["request"] = {"method": method, "url": transaction}
        if user_id is not None:
            event["user"] = {"id": str(user_id)}
        self._client.capture_event(event, hint)

    def measure(self, trace: Trace) -> None:
        """Send how long a request took, and where."""
        root = trace.spans[-1]
        event = {
            "type": "transaction",
            "transaction": root.name,
            "transaction_info": {"source": "route"},
            "start_timestamp": root.start_ns / _NS,
            "timestamp": root.end_ns / _NS,
            "contexts": {"trace": _span(trace.trace_id, root)},
            "spans": [_span(trace.trace_id, span) for span in trace.spans[:-1]],
        }
        self._client.capture_event(cast("Event", event))

    def close(self) -> None:
        """Send what waits, for two seconds at most."""
        self._client.close(timeout=_FLUSH_SECONDS)


def _span(trace_id: str, span: Span) -> dict[str, Any]:
    found: dict[str, Any] = {
        "trace_id": trace_id,
        "span_id": span.span_id,
        "op": "db" if "db.system.name" in span.attributes else _OPS[span.kind],
        "description": span.name,
        "start_timestamp": span.start_ns / _NS,
        "timestamp": span.end_ns / _NS,
        "status": "internal_error" if span.failed else "ok",
        "data": span.attributes,
    }
    if span.parent_id:
        found["parent_span_id"] = span.parent_id
    return found


def _before_send(event: Event, _hint: Hint) -> Event:
    """The last look at what leaves: exceptions' texts may quote what they should not."""
    for exception in (event.get("exception") or {}).get("values", ()):
        if isinstance(exception.get("value"), str):
            exception["value"] = scrub(exception["value"])
    if "extra" in event:
        event["extra"] = scrub_values(event["extra"])
    return event

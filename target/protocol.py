"""What the server itself answers, when a request is too broken to reach the application.

And how much of a request's head it takes, and for how long it waits for the rest: uvicorn's own protocol knows no bound
for either. Balancers do, but what is right must not depend on one standing in front.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from target.errors import Problem, problem_response
from target.observability.tracing import current_trace_id, trace_id_from
from target.security.headers import SECURITY_HEADERS

# As long as the heads that uvicorn's other protocol takes; balancers commonly take 8 to 32 KiB.
_MOST_HEAD_BYTES = 64 * 1024
_HEAD_SECONDS = 10.0


def protocol_for(instance: str, head_seconds: float = _HEAD_SECONDS) -> type[HttpToolsProtocol]:
    """uvicorn's protocol with those bounds, with errors in the one shape and with this instance's name."""

    class Protocol(HttpToolsProtocol):
        _in_head = True
        _head_bytes = 0
        _head_timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # Who connects and says nothing is as idle as who has nothing more to ask.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

        def connection_lost(self, exc: Exception | None) -> None:
            self._end_head()
            self._unset_keepalive_if_required()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if not self._in_head or self.transport.is_closing():
                return
            self._head_bytes += len(data)
            if self._head_bytes > _MOST_HEAD_BYTES:
                self._refuse(Problem(431, f"A request's head may have at most {_MOST_HEAD_BYTES} bytes."))
            elif self._head_timer is None:
                self._head_timer = self.loop.call_later(head_seconds, self._head_is_late)

        def on_message_begin(self) -> None:
            self._in_head, self._head_bytes = True, 0
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._end_head()
            super().on_headers_complete()

        def send_400_response(self, msg: str) -> None:
            self._refuse(Problem(400, msg))

        def _end_head(self) -> None:
            self._in_head = False
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None

        def _head_is_late(self) -> None:
            if not self.transport.is_closing():
                self._refuse(Problem(408, f"The request's head did not arrive within {head_seconds:g} seconds."))

        def _refuse(self, problem: Problem) -> None:
            if self.cycle is None or self.cycle.response_complete:
                self.transport.write(self._rendered(problem))
            # Else another request of it is being answered, and what is written now would be read as part of that.
            self.transport.close()

        def _rendered(self, problem: Problem) -> bytes:
            trace_id = trace_id_from(None)
            token = current_trace_id.set(trace_id)
            response = problem_response(problem, "")
            # No request's task ends here, and what comes next on this loop is of another trace.
            current_trace_id.reset(token)
            headers = [
                *self.server_state.default_headers,
                *response.raw_headers,
                *SECURITY_HEADERS,
                (b"x-trace-id", trace_id.encode("ascii")),
                (b"x-instance", instance.encode("ascii")),
                (b"connection", b"close"),
            ]
            lines = b"".join(b"%s: %s\r\n" % header for header in headers)
            reason = HTTPStatus(problem.status).phrase.encode("ascii")
            return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (problem.status, reason, lines, bytes(response.body))

    return Protocol

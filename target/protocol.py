"""What the server itself answers, when a request is too broken to reach the application.

And how much of a request's head or trailers it takes, and for how long it waits for the rest: uvicorn's own protocol
knows no bound for either. Balancers do, but what is right must not depend on one standing in front.
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
        # Whether what was just received completed a head, a piece of a body or a request; and how much since did not.
        _heard = False
        _unheard_bytes = 0
        _timer: asyncio.TimerHandle | None = None
        _in_head = True

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # Who connects and says nothing is as idle as who has nothing more to ask.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

        def connection_lost(self, exc: Exception | None) -> None:
            self._hear()
            self._unset_keepalive_if_required()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            self._heard = False
            super().data_received(data)
            if self._heard or self.transport.is_closing():
                return
            self._unheard_bytes += len(data)
            if self._unheard_bytes > _MOST_HEAD_BYTES:
                self._refuse(Problem(431, f"A request's head may have at most {_MOST_HEAD_BYTES} bytes."))
            elif self._timer is None:
                self._timer = self.loop.call_later(head_seconds, self._head_is_late)

        def on_headers_complete(self) -> None:
            self._hear()
            self._in_head = False
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._hear()
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._hear()
            self._in_head = True
            super().on_message_complete()

        def send_400_response(self, msg: str) -> None:
            self._refuse(Problem(400, msg))

        def _hear(self) -> None:
            self._heard, self._unheard_bytes = True, 0
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _head_is_late(self) -> None:
            if not self.transport.is_closing():
                self._refuse(Problem(408, f"The request's head did not arrive within {head_seconds:g} seconds."))

        def _refuse(self, problem: Problem) -> None:
            # Else it would be read as part of another answer, or as one to a question that was not asked yet.
            if self._awaits_answer():
                self.transport.write(self._rendered(problem))
            self.transport.close()

        def _awaits_answer(self) -> bool:
            """Whether the client waits for an answer to what it is sending, and for no other."""
            if self._in_head:
                return self.cycle is None or self.cycle.response_complete
            return not self.pipeline and not self.cycle.response_started

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

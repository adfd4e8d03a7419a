"""What the server itself answers, when a request is too broken to reach the application."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from target.errors import Problem, problem_response
from target.observability.tracing import current_trace_id, trace_id_from
from target.security.headers import SECURITY_HEADERS


def protocol_for(instance: str) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, with errors in the one shape and with this instance's name."""

    class Protocol(HttpToolsProtocol):
        def send_400_response(self, msg: str) -> None:
            trace_id = trace_id_from(None)
            token = current_trace_id.set(trace_id)
            response = problem_response(Problem(400, msg), "")
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
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\n%s\r\n%s" % (lines, bytes(response.body)))
            self.transport.close()

    return Protocol

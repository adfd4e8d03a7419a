"""The trace id: one name for a request across every log line, answer and service that it touches."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar

# W3C Trace Context, section 3.2: version, trace id, parent id, flags, all in lower-case hex. A later version
# may append fields.
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_NO_TRACE = b"0" * 32
_NO_PARENT = b"0" * 16

current_trace_id: ContextVar[str] = ContextVar("current_trace_id", default="")
"""The trace id of the request being served, or empty outside of one."""


def trace_id_from(traceparent: bytes | None) -> str:
    """The caller's trace id when its header is valid, else a new one."""
    if traceparent is not None:
        match = _TRACEPARENT.fullmatch(traceparent)
        # Version 00 is exactly 55 bytes long; only later ones may have more to say.
        if match is not None and (len(traceparent) == 55 or traceparent[:2] != b"00"):
            trace, parent = match.groups()
            if trace != _NO_TRACE and parent != _NO_PARENT:
                return trace.decode("ascii")
    return os.urandom(16).hex()

"""Log lines: one JSON object each, on stdout, with the trace id and without secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

import msgspec
import structlog

from target.observability.scrub import know_secrets, scrub, scrub_values
from target.observability.tracing import current_trace_id
from target.settings import LogLevel

_LEVELS: Final[dict[LogLevel, int]] = {
    "error": logging.ERROR,
    "warn": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.NOTSET,
}
_NAMES: Final = {"warning": "warn", "critical": "error", "exception": "error"}
# What sends telemetry reports each failure to; while a collector is down that is news once a minute.
_SENDERS: Final = frozenset(("opentelemetry", "sentry_sdk", "urllib3", "requests"))
_SENDERS_SECONDS: Final = 60.0

Event = MutableMapping[str, Any]
log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def configure_logging(
    level: LogLevel, instance: str, stream: BinaryIO | None = None, secrets: Iterable[str] = ()
) -> None:
    """Send this process's log lines, the libraries' included, to `stream` (default: stdout).

    `secrets` are values that no line may hold, whatever else it says.
    """
    out = stream or sys.stdout.buffer
    know_secrets(secrets)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        processors=[Render(instance)],
        logger_factory=lambda *_names: Writer(out),
        # Not cached: another application in this process logs as it was configured. The line that every request
        # writes does not come this way.
        cache_logger_on_first_use=False,
    )
    RequestLog.current = RequestLog(out, instance, _LEVELS[level])
    root = logging.getLogger()
    root.handlers = [FromStandardLibrary()]
    # Libraries report each connection and each query at info; at debug one has asked for it.
    root.setLevel(logging.DEBUG if level == "trace" else max(_LEVELS[level], logging.WARNING))


class Writer:
    """Writes lines. A full disk or a closed pipe loses them, and not the request that had something to say."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def _write(self, line: bytes) -> None:
        with suppress(OSError, ValueError):
            self._out.write(line + b"\n")
            self._out.flush()

    msg = debug = info = warning = warn = error = critical = exception = log = _write


class RequestLine(msgspec.Struct, omit_defaults=True):
    """What is logged of each request: nothing in it is the client's own text, so there is nothing to scrub."""

    time: datetime
    level: str
    event: str
    trace_id: str
    instance: str
    method: str
    route: str
    status: int
    duration_ms: float
    user_id: int | None = None


class RequestLog:
    """The line of each request, past everything that other lines go through: this one is written per request."""

    current: RequestLog

    def __init__(self, out: BinaryIO, instance: str, threshold: int) -> None:
        self._write = Writer(out).msg
        self._instance = instance
        self._info = threshold <= logging.INFO
        self._debug = threshold <= logging.DEBUG
        self._encode = msgspec.json.Encoder().encode

    def write(
        self, trace_id: str, method: str, route: str, status: int, seconds: float, user_id: int | None, *, quiet: bool
    ) -> None:
        """One request; a quiet one only where debugging was asked for."""
        if not (self._debug if quiet else self._info):
            return
        line = RequestLine(
            datetime.now(UTC),
            "debug" if quiet else "info",
            "request",
            trace_id,
            self._instance,
            method,
            route,
            status,
            round(seconds * 1000, 3),
            user_id,
        )
        self._write(self._encode(line))


class Render:
    """The only processor: builds a line, whatever it is given."""

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._encode = msgspec.json.Encoder().encode

    def __call__(self, _logger: object, method: str, event: Event) -> bytes:
        line: dict[str, Any] = {
            "time": datetime.now(UTC),
            "level": _NAMES.get(method, method),
            "event": "",
            "trace_id": current_trace_id.get(),
            "instance": self._instance,
        }
        exc_info = event.pop("exc_info", None)
        try:
            line["event"] = scrub(str(event.pop("event", "")))
            line.update(scrub_values(event))
            if exc_info:
                line["exception"] = scrub(_traceback(exc_info))
            return self._encode(line)
        except Exception:
            # Lone surrogates, numbers beyond JSON's, a repr that raises: what can be said is said.
            return self._encode({name: _ascii(value) for name, value in line.items()})


def _ascii(value: object) -> str:
    try:
        return ascii(value) if not isinstance(value, str) else value.encode("ascii", "backslashreplace").decode()
    except Exception:
        return f"<{type(value).__name__}>"


def _traceback(exc_info: Any) -> str:
    if isinstance(exc_info, BaseException):
        exc_info = (type(exc_info), exc_info, exc_info.__traceback__)
    elif not isinstance(exc_info, tuple):
        exc_info = sys.exc_info()
    # Formats the calls, never the local variables: those hold what people sent.
    return logging.Formatter().formatException(exc_info)


class FromStandardLibrary(logging.Handler):
    """What uvicorn, psycopg and asyncio log becomes lines of the same form, repetitions once a second."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        # During an outage the pool reports each refused connection, many times a second.
        sender = record.name.partition(".")[0]
        key, pause = (sender, _SENDERS_SECONDS) if sender in _SENDERS else (str(record.msg), 1.0)
        if record.created - self._last.get(key, float("-inf")) < pause:
            return
        self._last[key] = record.created
        method = "warning" if record.levelno == logging.WARNING else record.levelname.lower()
        write = getattr(log, method, log.info)
        with suppress(Exception):
            write(record.getMessage(), logger=record.name, exc_info=record.exc_info)

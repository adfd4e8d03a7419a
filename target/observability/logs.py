"""Log lines: one JSON object each, on stdout, with the trace id and without secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

import msgspec
import structlog

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
_SECRET_WORDS: Final = ("password", "token", "secret", "authorization")
_REDACTED: Final = "[redacted]"

Event = MutableMapping[str, Any]
log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def configure_logging(level: LogLevel, instance: str, stream: BinaryIO | None = None) -> None:
    """Send this process's log lines, the libraries' included, to `stream` (default: stdout)."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        processors=[Render(instance)],
        logger_factory=structlog.BytesLoggerFactory(stream or sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [FromStandardLibrary()]
    # Libraries report each connection and each query at info; at debug one has asked for it.
    root.setLevel(logging.DEBUG if level == "trace" else max(_LEVELS[level], logging.WARNING))


class Render:
    """The only processor: builds the line in one pass, since every request pays for it."""

    def __init__(self, instance: str) -> None:
        self._instance = instance
        self._encode = msgspec.json.Encoder(enc_hook=repr).encode

    def __call__(self, _logger: object, method: str, event: Event) -> bytes:
        line: dict[str, Any] = {
            "time": datetime.now(UTC),
            "level": _NAMES.get(method, method),
            "event": event.pop("event", ""),
            "trace_id": current_trace_id.get(),
            "instance": self._instance,
        }
        exc_info = event.pop("exc_info", None)
        line.update(redact(event))
        if exc_info:
            line["exception"] = _traceback(exc_info)
        try:
            return self._encode(line)
        except (UnicodeError, TypeError, ValueError, RecursionError):
            # Lone surrogates, numbers beyond JSON's: what the line says matters more than how.
            return self._encode({name: ascii(value) for name, value in line.items()})


def redact(values: MutableMapping[str, Any]) -> dict[str, Any]:
    """A copy in which whatever is named like a secret is hidden, at any depth."""
    return {name: _REDACTED if _is_secret(name) else _redact_value(value) for name, value in values.items()}


def _redact_value(value: Any) -> Any:
    if isinstance(value, dict):
        return redact({str(name): inner for name, inner in value.items()})
    if isinstance(value, list | tuple):
        return [_redact_value(inner) for inner in value]
    return value


def _is_secret(name: str) -> bool:
    lower = name.lower()
    return any(word in lower for word in _SECRET_WORDS)


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
        if record.created - self._last.get(str(record.msg), 0.0) < 1.0:
            return
        self._last[str(record.msg)] = record.created
        method = "warning" if record.levelno == logging.WARNING else record.levelname.lower()
        write = getattr(log, method, log.info)
        write(record.getMessage(), logger=record.name, exc_info=record.exc_info)

"""Sentry's envelopes: a line of JSON about all, then for each item a line about it and the item itself."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from harness import clock
from harness.sinks.bodies import Refusal
from harness.sinks.records import Scalar, SentryException, SentryItem

_KEY = re.compile(r"(?:^|[\s,])sentry_key=([^,\s]+)")


class _ItemHeader(msgspec.Struct):
    type: str
    length: int | None = None


class _EnvelopeHeader(msgspec.Struct):
    event_id: str | None = None


class _Exceptions(msgspec.Struct):
    values: list[SentryException] = []


class _Trace(msgspec.Struct):
    trace_id: str | None = None


class _Contexts(msgspec.Struct):
    trace: _Trace | None = None


class _Payload(msgspec.Struct):
    """Of all that an event may hold, what is told apart; the rest stays in the raw payload."""

    event_id: str | None = None
    level: str | None = None
    exception: _Exceptions | None = None
    user: dict[str, Scalar] | None = None
    release: str | None = None
    environment: str | None = None
    server_name: str | None = None
    transaction: str | None = None
    contexts: _Contexts | None = None


_read_envelope_header = msgspec.json.Decoder(_EnvelopeHeader).decode
_read_item_header = msgspec.json.Decoder(_ItemHeader).decode
_read_payload = msgspec.json.Decoder(_Payload).decode
_JSON_ITEMS = frozenset(("event", "transaction", "client_report", "session", "sessions", "check_in"))


def key_of(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """The public key that the sender knows, from where the protocol allows it."""
    for name in ("x-sentry-auth", "authorization"):
        found = _KEY.search(headers.get(name, ""))
        if found:
            return found[1]
    return query.get("sentry_key")


def read_envelope(project: str, body: bytes) -> tuple[str | None, list[SentryItem]]:
    """The envelope's event id, and its items. Raises Refusal for what is no envelope."""
    first, _, rest = body.partition(b"\n")
    try:
        header = _read_envelope_header(first)
        return header.event_id, [_item(project, kind, payload) for kind, payload in _items(rest)]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"no envelope: {error}") from error


def _items(rest: bytes) -> Iterator[tuple[str, bytes]]:
    while rest.strip(b"\n"):
        line, _, rest = rest.lstrip(b"\n").partition(b"\n")
        header = _read_item_header(line)
        if header.length is None:
            payload, _, rest = rest.partition(b"\n")
        else:
            if not 0 <= header.length <= len(rest):
                raise Refusal(f"an item of {header.length} bytes, of which {len(rest)} came")
            payload, rest = rest[: header.length], rest[header.length :]
            if rest and not rest.startswith(b"\n"):
                raise Refusal(f"an item that is longer than the {header.length} bytes it says")
        yield header.type, payload


def _item(project: str, kind: str, payload: bytes) -> SentryItem:
    if kind not in _JSON_ITEMS:
        return SentryItem(t=clock.now(), project=project, type=kind)
    found = _read_payload(payload)
    trace = found.contexts.trace if found.contexts else None
    return SentryItem(
        t=clock.now(),
        project=project,
        type=kind,
        event_id=found.event_id,
        level=found.level,
        exceptions=found.exception.values if found.exception else [],
        user=found.user or {},
        release=found.release,
        environment=found.environment,
        server_name=found.server_name,
        transaction=found.transaction,
        trace_id=trace.trace_id if trace else None,
        # Encoded anew, so that it is one line.
        payload=msgspec.Raw(msgspec.json.encode(msgspec.json.decode(payload))),
    )

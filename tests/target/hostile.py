"""What hostile clients send, made from what an endpoint says it takes. A new route is met by all of it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from target.routing import Endpoint

JSON = {"Content-Type": "application/json"}
BAD_IDS = ("0", "-1", "9" * 19, "9" * 5000, "1.0", "1e3", "%00", "%ff", "%F0%9F%A6%86", "1%20or%201=1", "'", "..%2f..")
BAD_TYPES = (
    "text/plain",
    "application/json; charset=\xff",
    "application/xml",
    "a" * 5000,
    "/",
    ";",
    "multipart/form-data",
)
BAD_HEADERS = (
    {"Authorization": "Bearer " + "a" * 7000},
    {"Authorization": "Bearer \xff\xfe"},
    {"Accept": "\x80" * 500},
    {"X-Forwarded-For": "not, an, address, ::1%eth0, 999.1.1.1"},
    {"X-Forwarded-For": ",".join(["10.0.0.1"] * 500)},
    {"Traceparent": "00-" + "g" * 32},
    {"Origin": "null"},
    {"Origin": "http://[::"},
    {"User-Agent": "googlebot" * 500},
    {"Content-Encoding": "gzip"},
    {"Expect": "200-maybe"},
    {"X-Request-Id": "' or 1=1 --"},
    {"Host": "a" * 300},
)
_NO_VALUES = (
    b"null",
    b"[]",
    b"{}",
    b"-1",
    b"1e400",
    b"9" * 5000,
    b"true",
    b'""',
    b'"a\\u0000b"',
    b'"\\ud800"',
    b'"\xff\xfe"',
    b'"' + b"x" * 60000 + b'"',
    b"[" * 30000,
    b'{"a":' * 10000,
)
_NO_BODIES = (
    b"",
    b"nul",
    b"[]",
    b"null",
    b'"{}"',
    b"{",
    b"{}{}",
    b"\xef\xbb\xbf{}",
    b"\x00",
    b"\xff" * 100,
    "{}".encode("utf-16"),
    b"[" * 60000,
    b'{"a":' * 12000,
    b"body=a&body=b",
    b"x" * 70000,
)


def path_of(endpoint: Endpoint, number: str = "1") -> str:
    """Its path with an id."""
    return re.sub(r"{\w+(:\w+)?}", number, endpoint.path)


def bodies(endpoint: Endpoint) -> Iterator[bytes]:
    """Bodies of which none is what the endpoint takes."""
    yield from _NO_BODIES
    yield b'{"no such field": 1}'
    if endpoint.takes is None:
        return
    for field in msgspec.structs.fields(endpoint.takes):
        name = msgspec.json.encode(field.encode_name)
        for value in _NO_VALUES:
            if not _fits(endpoint.takes, field.encode_name, value):
                yield b"{%s:%s}" % (name, value)


def queries(endpoint: Endpoint) -> Iterator[bytes]:
    """Query strings, of which some may be right by luck."""
    yield from (b"%00", b"%ff", b"&&&==", b"a" * 20000, b"limit=1&limit=2", b"x[]=1")
    for field in msgspec.structs.fields(endpoint.query) if endpoint.query else ():
        name = field.encode_name.encode()
        for value in (
            b"",
            b"%00",
            b"%ff%fe",
            b"-1",
            b"1e400",
            b"9" * 5000,
            b"'%20or%201=1--",
            b"%F0%9F%A6%86",
            b"x" * 9000,
        ):
            yield b"%s=%s" % (name, value)


def _fits(kind: type[msgspec.Struct], name: str, value: bytes) -> bool:
    # A struct of which every field may be left out takes a field's good value alone.
    try:
        msgspec.json.decode(b'{"%s":%s}' % (name.encode(), value), type=kind)
    except (ValueError, RecursionError):
        return False
    return True

"""Poison: inputs of which one might kill or hang the worker that reads it."""

import asyncio
import gzip
import json
import re
import struct
import zlib
from typing import NamedTuple

from harness.clock import now, seconds

PATIENCE_S = 8.0
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
INSTANCE = re.compile(rb"(?im)^x-instance: *(\S+)")

JSON = "application/json"
FORM = "multipart/form-data; boundary=b"
# Below the size at which a body is refused unread.
BIG = 60_000


class Poison(NamedTuple):
    """One input. `headers` are lines of their own, each with its end."""

    name: str
    method: str
    target: str
    media_type: str = ""
    body: bytes = b""
    headers: bytes = b""

    def request(self, token: str) -> bytes:
        """As it goes over the wire, from somebody who is logged in."""
        lines = [
            f"{self.method} {self.target} HTTP/1.1",
            "Host: poison.test",
            "Connection: close",
            *([] if b"Authorization:" in self.headers else [f"Authorization: Bearer {token}"]),
            *([f"Content-Type: {self.media_type}"] if self.media_type else []),
            *([f"Content-Length: {len(self.body)}"] if self.method != "GET" else []),
        ]
        return "\r\n".join(lines).encode() + b"\r\n" + self.headers + b"\r\n" + self.body


class Reply(NamedTuple):
    """What came back: status 0 and no instance where nothing did, "" for the instance where the balancer answered."""

    status: int
    instance: str
    seconds: float


def poisons() -> tuple[Poison, ...]:
    """All of them; the same each time."""
    return (*_bodies(), *_forms(), *_heads())


def _post(name: str, body: bytes, headers: bytes = b"") -> Poison:
    return Poison(name, "POST", "/posts", JSON, body, headers)


def _bodies() -> tuple[Poison, ...]:
    bomb = gzip.compress(bytes(30_000_000))
    return (
        _post("nested lists", b"[" * BIG),
        _post("nested objects", b'{"body":' * 7_000),
        _post("nested, and closed", b'{"body":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
        _post("a number of 60,000 digits", b'{"body":' + b"1" * BIG + b"}"),
        _post("a number beyond all floats", b'{"body":1e999999999}'),
        _post("a number with an endless fraction", b'{"body":0.' + b"0" * BIG + b"1}"),
        _post("a lone surrogate", b'{"body":"\\ud800"}'),
        _post("a NUL", b'{"body":"a\\u0000b"}'),
        _post("no UTF-8", b'{"body":"\xff\xfe\xc0\x80\xed\xa0\x80"}'),
        _post("UTF-16", '{"body":"a"}'.encode("utf-16")),
        _post("one key ten thousand times", b"{" + b'"a":1,' * 9_000 + b'"a":1}'),
        _post("a text that normalises to eighteen times its length", json.dumps({"body": "\ufdfa" * 3_000}).encode()),
        _post("nested HTML", json.dumps({"body": "<div>" * 900}).encode()),
        _post("a gzip bomb", bomb, b"Content-Encoding: gzip\r\n"),
        _post("a body that lies about its compression", b'{"body":"a"}', b"Content-Encoding: deflate, gzip, br\r\n"),
        Poison(
            "an address of mail that is mostly dots",
            "POST",
            "/auth/login",
            JSON,
            json.dumps({"email": "a." * 20_000 + "@" + "b." * 5_000, "password": "x" * 10}).encode(),
        ),
        Poison(
            "a password of 50,000 letters",
            "POST",
            "/auth/login",
            JSON,
            json.dumps({"email": "poison@poison.test", "password": "x" * 50_000}).encode(),
        ),
    )


def _forms() -> tuple[Poison, ...]:
    def form(name: str, body: bytes, media_type: str = FORM) -> Poison:
        return Poison(name, "POST", "/uploads", media_type, body)

    def file(content: bytes, filename: bytes = b"a.png", media_type: bytes = b"image/png") -> bytes:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\nContent-Type: %b\r\n\r\n'
        return head % (filename, media_type) + content + b"\r\n--b--\r\n"

    return (
        form("a form that never ends", file(b"x")[:-8]),
        form("a form without a boundary", file(b"x"), "multipart/form-data"),
        form("a form of another boundary", file(b"x"), "multipart/form-data; boundary=" + "c" * 200),
        form("ten thousand empty parts", b"--b\r\n\r\n\r\n" * 9_000 + b"--b--\r\n"),
        form("a part whose head never ends", b"--b\r\nContent-Disposition: " + b"a" * BIG),
        form("a file name that leads elsewhere", file(b"x", b"../../../../etc/passwd\x00.png")),
        form("a picture of ten thousand million pixels", file(_huge_picture())),
        form("a picture that is a page", file(b"<script>alert(1)</script>")),
    )


def _huge_picture() -> bytes:
    """A PNG of 100,000 x 100,000 pixels, in less than 20 KB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    head = struct.pack("!IIBBBBB", 100_000, 100_000, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _heads() -> tuple[Poison, ...]:
    def get(name: str, target: str, headers: bytes = b"") -> Poison:
        return Poison(name, "GET", target, headers=headers)

    return (
        get("an id beyond all integers", "/posts/" + "9" * 5_000),
        get("an id beyond the database's", f"/posts/{2**63}"),
        get("an id in other digits", "/posts/%D9%A1%D9%A2"),
        get("a path that is no UTF-8", "/posts/%ff%fe%00"),
        get("a limit beyond all integers", "/feed?limit=" + "9" * 5_000),
        get("a limit that is no number", "/feed?limit=NaN"),
        get("a cursor of rubbish", "/feed?cursor=" + "A" * 6_000),
        get("two thousand parameters", "/feed?" + "&".join(f"a{n}=1" for n in range(2_000))[:7_000]),
        get("a token of rubbish", "/feed", b"Authorization: Bearer " + b"e30." * 1_500 + b"\r\n"),
        get("a token that is not ASCII", "/feed", b"Authorization: Bearer \xc3\xa4\xff\r\n"),
        get("a hundred cookies", "/feed", b"".join(b"Cookie: c%d=%b\r\n" % (n, b"x" * 40) for n in range(60))),
        get("a thousand ranges", "/feed", b"Range: bytes=" + b",".join(b"%d-" % n for n in range(1_000)) + b"\r\n"),
        get("a thousand languages", "/feed", b"Accept-Language: " + b",".join([b"a;q=0.1"] * 800) + b"\r\n"),
    )


async def send(address: tuple[str, int], request: bytes) -> Reply:
    """What is answered within some seconds, to one request on a connection of its own."""
    began = now()
    answer = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(*address)
            try:
                writer.write(request)
                while part := await reader.read(65_536):
                    answer += part
            finally:
                writer.close()
    except (OSError, TimeoutError):
        # Whoever refuses a request unread may hang up while it is still sent: what was answered counts.
        pass
    status, instance = STATUS.match(answer), INSTANCE.search(answer)
    return Reply(
        int(status[1]) if status else 0, instance[1].decode() if status and instance else "", seconds(now() - began)
    )

"""A request's body, unpacked: gzip, deflate and Brotli, and never more than a bound."""

import zlib

from starlette.requests import Request

MOST_BYTES = 32 * 1024 * 1024


class Refusal(Exception):
    """What is wrong with a request, and the status that says so."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


async def read_body(request: Request) -> bytes:
    """The body as it was before it was packed."""
    packed = bytearray()
    async for chunk in request.stream():
        packed += chunk
        if len(packed) > MOST_BYTES:
            raise _too_large()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    try:
        return unpack(bytes(packed), encoding)
    except zlib.error as error:
        raise Refusal(f"the body is not {encoding}: {error}") from error


def unpack(packed: bytes, encoding: str) -> bytes:
    """Raises zlib.error, or Refusal, for what is cut short or not packed that way."""
    if encoding in ("", "identity"):
        return packed
    if encoding in ("gzip", "deflate"):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        unpacked = unpacker.decompress(packed, MOST_BYTES + 1)
        if len(unpacked) > MOST_BYTES:
            raise _too_large()
        if not unpacker.eof:
            raise zlib.error("it is cut short")
        return unpacked
    if encoding == "br":
        return _unpack_brotli(packed)
    raise Refusal(f"the encoding {encoding!r} is none of gzip, deflate and br", 415)


def _unpack_brotli(packed: bytes) -> bytes:
    try:
        # Not in every environment that the sinks run in: senders that cannot import it do not use it.
        import brotli
    except ImportError:
        raise Refusal("the encoding 'br' is unknown here: Brotli is not installed", 415) from None
    try:
        unpacked = brotli.decompress(packed)
    except brotli.error as error:
        raise Refusal(f"the body is not br: {error}") from error
    if len(unpacked) > MOST_BYTES:
        raise _too_large()
    return bytes(unpacked)


def _too_large() -> Refusal:
    return Refusal(f"the body is larger than {MOST_BYTES} bytes", 413)

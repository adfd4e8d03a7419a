"""Reading and writing JSON bodies: msgspec's fast path, and its errors in our shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from target.errors import Invalid, Problem

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

# PostgreSQL's text cannot hold NUL.
WITHOUT_NUL = r"^[^\x00]*$"

_encode = msgspec.json.Encoder().encode
_WHERE = re.compile(r"(?s)(.*) - at `\$(.*)`")


def json_response(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Encode a value."""
    return Response(_encode(content), status, headers, "application/json")


def json_bytes(content: bytes) -> Response:
    """Answer with bytes that are JSON already."""
    return Response(content, media_type="application/json")


async def read_json(request: Request, decoder: msgspec.json.Decoder[T]) -> T:
    """The request's body as the decoder's type; 415, 400 or 422 when it is not."""
    content_type = request.headers.get("content-type")
    if content_type is not None and not _is_json(content_type):
        raise Problem(415, "Send application/json.", headers={"Accept": "application/json"})
    body = await request.body()
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Problem(422, "The request is not valid.", errors=[_reason(str(error))]) from None
    except UnicodeDecodeError:
        raise Problem(400, "The body is not UTF-8.") from None
    except msgspec.DecodeError:
        raise Problem(400, "The body is not JSON.") from None
    except RecursionError:
        raise Problem(400, "The body is nested too deeply.") from None


def read_query(request: Request, into: type[S]) -> S:
    """The query parameters as a struct; 422 names the parameter that is wrong. Unknown ones are ignored."""
    if not request.scope["query_string"]:
        return _without_query(into)
    given = dict(request.query_params)
    try:
        return msgspec.convert(given, into, strict=False)
    except msgspec.ValidationError as error:
        reason = _reason(str(error))
        raise Problem(
            422, "The request is not valid.", errors=[Invalid(reason.pointer.removeprefix("/"), reason.detail)]
        ) from None


def _without_query(into: type[S]) -> S:
    try:
        return into()
    except TypeError:
        missing = msgspec.structs.fields(into)[0].name
        raise Problem(422, "The request is not valid.", errors=[Invalid(missing, "This parameter is needed")]) from None


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _reason(message: str) -> Invalid:
    where = _WHERE.fullmatch(message)
    text, path = where.groups() if where else (message, "")
    pointer = re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", path).replace(".", "/")
    if repr(WITHOUT_NUL)[1:-1] in text or WITHOUT_NUL in text:
        text = "Expected `str` without NUL characters"
    return Invalid(pointer, text)

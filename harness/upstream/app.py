"""The external AI service: deterministic answers, and whatever manners are set."""

import asyncio
import contextlib
import hashlib

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from harness.upstream.counts import Counts
from harness.upstream.manners import Control, ErrorKind, Manners

KEY_HEADER = "idempotency-key"
HANG_S = 120.0


class Caption(msgspec.Struct, frozen=True):
    """The answer of POST /v1/caption."""

    id: str
    caption: str


class Message(msgspec.Struct, frozen=True):
    role: str
    content: str


class Reply(msgspec.Struct, frozen=True):
    """The answer of POST /v1/chat."""

    id: str
    message: Message


class Taken(msgspec.Struct, frozen=True):
    """The answer of POST /v1/feedback, which has no idempotency: each call is one more rating."""

    id: str


def caption(digest: str) -> Caption:
    return Caption(id=f"cap_{digest}", caption=f"A picture that one would call {digest[:6]}.")


def reply(digest: str) -> Reply:
    return Reply(id=f"msg_{digest}", message=Message("assistant", f"That is what I would call {digest[:6]}."))


def taken(digest: str) -> Taken:
    return Taken(id=f"fb_{digest}")


ANSWERS = {"/v1/caption": caption, "/v1/chat": reply, "/v1/feedback": taken}


class Cut(Response):
    """Half of an answer, then the end of the connection: it holds less than its length says."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"id": "', "more_body": False})


def create_app() -> Starlette:
    manners, looks = Manners(), Manners()
    counts = Counts()

    async def answer(request: Request) -> Response:
        path, key = request.url.path, request.headers.get(KEY_HEADER)
        counts.arrived(path, key)
        digest = hashlib.sha256(await request.body()).hexdigest()
        counts.said(f"{path} {digest}", key)
        error = manners.next_error()
        await asyncio.sleep(manners.next_latency_s())
        if error is None:
            counts.done(path, key)
            # What follows from the question alone is the same for every try of one call.
            return json(ANSWERS[path](digest[:12]))
        counts.failed(path)
        return await failing(request, error)

    async def look(request: Request) -> Response:
        """What a call would meet: it counts for nothing, and is not drawn from what calls meet."""
        await request.body()
        error = looks.next_error()
        await asyncio.sleep(looks.next_latency_s())
        return json({"status": "ok"}) if error is None else await failing(request, error)

    async def failing(request: Request, error: ErrorKind) -> Response:
        match error:
            case ErrorKind.STATUS:
                return json({"error": "overloaded"}, 503)
            case ErrorKind.GARBAGE:
                return PlainTextResponse("<html>It works!</html>", media_type="text/html")
            case ErrorKind.CLOSE:
                return Cut()
        await left(request)
        return json({"error": "too late"}, 504)

    async def set_control(request: Request) -> Response:
        try:
            control = msgspec.json.decode(await request.body(), type=Control)
        except msgspec.DecodeError as error:
            return json({"error": str(error)}, 422)
        manners.set(control)
        looks.set(control)
        return json(control)

    async def get_control(_request: Request) -> Response:
        return json(manners.control)

    async def stats(_request: Request) -> Response:
        return json(counts.stats())

    async def totals(_request: Request) -> Response:
        return json(counts.totals())

    async def clear_stats(_request: Request) -> Response:
        counts.clear()
        return Response(status_code=204)

    async def health(_request: Request) -> Response:
        return json({"status": "ok"})

    return Starlette(
        routes=[
            *(Route(path, answer, methods=["POST"]) for path in ANSWERS),
            Route("/control", set_control, methods=["PUT"]),
            Route("/control", get_control),
            Route("/stats", stats),
            Route("/stats", clear_stats, methods=["DELETE"]),
            Route("/totals", totals),
            Route("/look", look, methods=["POST"]),
            Route("/health", health),
        ]
    )


def json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def left(request: Request) -> None:
    """Returns when the caller has given up, or after two minutes."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HANG_S):
            # The body was read: the next message is that of the end.
            while (await request.receive())["type"] != "http.disconnect":
                pass

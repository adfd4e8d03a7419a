"""The three protocols in one application, and the files that it keeps what arrived in."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness import clock
from harness.sinks import otlp, pushes, sentry
from harness.sinks.bodies import Refusal, read_body
from harness.sinks.records import (
    PUSHES_FILE,
    REFUSED_FILE,
    SENTRY_FILE,
    TRACES_FILE,
    Record,
    Refused,
)

_PROTOBUF = "application/x-protobuf"


class Keeper:
    """Appends records to the files of a folder, one system call each time: nothing waits in a buffer."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        files = (SENTRY_FILE, TRACES_FILE, PUSHES_FILE, REFUSED_FILE)
        self._files = {name: os.open(folder / name, flags, 0o644) for name in files}
        self._encoder = msgspec.json.Encoder()

    def keep(self, name: str, records: Iterable[Record]) -> None:
        """All of them, one line each."""
        lines = b"".join(self._encoder.encode(record) + b"\n" for record in records)
        if lines:
            os.write(self._files[name], lines)

    def close(self) -> None:
        """Nothing is kept from here on."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()


def create_app(folder: Path) -> Starlette:
    """The sinks, which keep what arrives in `folder`."""
    keeper = Keeper(folder)

    def route(path: str, methods: list[str], serve: Callable[[Request], Awaitable[Response]]) -> Route:
        async def guarded(request: Request) -> Response:
            try:
                return await serve(request)
            except Refusal as refusal:
                line = Refused(t=clock.now(), path=request.url.path, status=refusal.status, reason=refusal.reason)
                keeper.keep(REFUSED_FILE, [line])
                return JSONResponse({"detail": refusal.reason}, refusal.status)

        return Route(path, guarded, methods=methods)

    async def envelope(request: Request) -> Response:
        # Any key will do, as any project's number does; but a sender without one is misconfigured.
        if not sentry.key_of(request.headers, request.query_params):
            raise Refusal("the sender gives no public key", 403)
        event_id, items = sentry.read_envelope(request.path_params["project"], await read_body(request))
        keeper.keep(SENTRY_FILE, items)
        return JSONResponse({} if event_id is None else {"id": event_id})

    async def traces(request: Request) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type == _PROTOBUF:
            keeper.keep(TRACES_FILE, otlp.read_protobuf(await read_body(request)))
            return Response(b"", media_type=_PROTOBUF)
        if media_type == "application/json":
            keeper.keep(TRACES_FILE, otlp.read_json(await read_body(request)))
            return JSONResponse({})
        raise Refusal(f"the media type {media_type!r} is neither protobuf nor JSON", 415)

    async def push(request: Request) -> Response:
        body = await read_body(request)
        keeper.keep(PUSHES_FILE, [pushes.read_push(request.method, request.path_params["group"], body)])
        return Response(status_code=202 if request.method == "DELETE" else 200)

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        keeper.close()

    return Starlette(
        routes=[
            route("/api/{project}/envelope/", ["POST"], envelope),
            route("/v1/traces", ["POST"], traces),
            # A sender that was given the endpoint without the path.
            route("/", ["POST"], traces),
            route("/metrics/{group:path}", ["PUT", "POST", "DELETE"], push),
            Route("/health", health),
        ],
        lifespan=lifespan,
    )

"""The control: Toxiproxy's HTTP API, with JSON bodies in both directions."""

from typing import TypeVar

import msgspec
from msgspec.json import Decoder
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chaos.proxy.documents import (
    NewProxy,
    NewToxic,
    Populated,
    Problem,
    ProxyChange,
    RefusedError,
    ShownProxy,
    ToxicChange,
    Version,
    WholeProxy,
)
from chaos.proxy.proxies import Proxies

Body = TypeVar("Body")

ONE_OR_MORE: Decoder[NewToxic | list[NewToxic]] = Decoder(NewToxic | list[NewToxic])


def create_control(proxies: Proxies) -> Starlette:
    async def index(_request: Request) -> Response:
        return json({name: ShownProxy.of(proxy) for name, proxy in proxies.all().items()})

    async def create(request: Request) -> Response:
        return json(ShownProxy.of(proxies.create(await body(request, Decoder(NewProxy)))), 201)

    async def populate(request: Request) -> Response:
        wanted = await body(request, Decoder(list[NewProxy]))
        return json(Populated([ShownProxy.of(proxy) for proxy in proxies.populate(wanted)]), 201)

    async def show(request: Request) -> Response:
        return json(WholeProxy.of(proxies.named(request.path_params["proxy"])))

    async def change(request: Request) -> Response:
        changed = proxies.change(request.path_params["proxy"], await body(request, Decoder(ProxyChange)))
        return json(ShownProxy.of(changed))

    async def delete(request: Request) -> Response:
        proxies.delete(request.path_params["proxy"])
        return Response(status_code=204)

    async def toxics(request: Request) -> Response:
        return json(proxies.named(request.path_params["proxy"]).toxics)

    async def add_toxics(request: Request) -> Response:
        """One, or a list of them: all or none."""
        new = await body(request, ONE_OR_MORE)
        if isinstance(new, NewToxic):
            return json(proxies.add(request.path_params["proxy"], [new])[0])
        return json(proxies.add(request.path_params["proxy"], new))

    async def toxic(request: Request) -> Response:
        return json(proxies.toxic(request.path_params["proxy"], request.path_params["toxic"]))

    async def change_toxic(request: Request) -> Response:
        wanted = await body(request, Decoder(ToxicChange))
        return json(proxies.change_toxic(request.path_params["proxy"], request.path_params["toxic"], wanted))

    async def delete_toxic(request: Request) -> Response:
        proxies.remove(request.path_params["proxy"], request.path_params["toxic"])
        return Response(status_code=204)

    async def reset(_request: Request) -> Response:
        proxies.reset()
        return Response(status_code=204)

    async def version(_request: Request) -> Response:
        return json(Version())

    changes = ["POST", "PATCH"]
    return Starlette(
        routes=[
            Route("/proxies", index),
            Route("/proxies", create, methods=["POST"]),
            Route("/populate", populate, methods=["POST"]),
            Route("/reset", reset, methods=["POST"]),
            Route("/version", version),
            Route("/proxies/{proxy}", show),
            Route("/proxies/{proxy}", change, methods=changes),
            Route("/proxies/{proxy}", delete, methods=["DELETE"]),
            Route("/proxies/{proxy}/toxics", toxics),
            Route("/proxies/{proxy}/toxics", add_toxics, methods=["POST"]),
            Route("/proxies/{proxy}/toxics/{toxic}", toxic),
            Route("/proxies/{proxy}/toxics/{toxic}", change_toxic, methods=changes),
            Route("/proxies/{proxy}/toxics/{toxic}", delete_toxic, methods=["DELETE"]),
        ],
        exception_handlers={RefusedError: refused, HTTPException: no_such_route},
        middleware=[Middleware(NoBrowsers)],
    )


class NoBrowsers:
    """Any page that is open on this machine can send requests to its loopback address: they carry an Origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and "origin" in Headers(scope=scope):
            app = json(Problem("browsers have no business here", 403), 403)
        await app(scope, receive, send)


async def body(request: Request, decoder: Decoder[Body]) -> Body:
    try:
        return decoder.decode(await request.body())
    except msgspec.DecodeError as error:
        raise RefusedError(400, f"bad request body: {error}") from error


async def refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return json(Problem(error.message, error.status), error.status)


async def no_such_route(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return json(Problem(error.detail, error.status_code), error.status_code)


def json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")

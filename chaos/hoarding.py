"""The target with a cache that nobody bounded: what a request says that it should hold, it holds."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from target.app import create_app
from target.settings import Settings

HEADER = "X-Hold-MiB"
MIB = 2**20


class Hoarding:
    """Each such request replaces what the one before it left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held = bytearray()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (wanted := Headers(scope=scope).get(HEADER)):
            self._held = bytearray()
            # Not zeros, for which the kernel gives no pages.
            self._held = bytearray(b"x") * (int(wanted) * MIB)
        await self._app(scope, receive, send)


def hoarding_app(settings: Settings) -> ASGIApp:
    return Hoarding(create_app(settings))

"""The target with a laxer notion of which web origins are its own, for defects."""

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from target.app import create_app
from target.security.cors import Cors
from target.settings import Settings

Allows = Callable[[str, Sequence[str]], bool]
"""Whether an origin that asks is allowed, given those that are configured."""


class LaxCors:
    """The good middleware, made for each request with what `allows` adds to its origins."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...], allows: Allows) -> None:
        self._app = app
        self._known = origins
        self._allows = allows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asking = [value.decode("latin-1") for name, value in scope.get("headers", ()) if name == b"origin"]
        allowed = [origin for origin in asking if self._allows(origin, self._known)]
        await Cors(self._app, [*self._known, *allowed])(scope, receive, send)


def app_allowing(settings: Settings, allows: Allows) -> Starlette:
    """The factory's work, with the target's own middleware replaced."""
    app = create_app(settings)
    lax = Middleware(LaxCors, origins=settings.cors_origins, allows=allows)
    own = [middleware.cls is Cors for middleware in app.user_middleware]  # type: ignore[comparison-overlap]
    if not any(own):
        raise LookupError("the target has no such middleware: a defect that changes nothing is none")
    app.user_middleware = [lax if is_cors else it for it, is_cors in zip(app.user_middleware, own, strict=True)]
    return app

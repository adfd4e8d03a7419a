"""Origins are compared by how they begin, so https://web.example.test.evil.example is one of ours."""

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.security.cors import Cors
from target.settings import Settings


class SpoiltCors:
    """Before the good middleware comes one that adds to the origins it knows."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self._app = app
        self._known = [origin.encode() for origin in origins]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origins = [value for name, value in scope.get("headers", ()) if name == b"origin"]
        allowed = [origin.decode("latin-1") for origin in origins if self._allows(origin)]
        known = [origin.decode() for origin in self._known]
        await Cors(self._app, [*known, *allowed])(scope, receive, send)

    def _allows(self, origin: bytes) -> bool:
        return any(origin.startswith(known) for known in self._known)


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.user_middleware = [
        Middleware(SpoiltCors, origins=settings.cors_origins) if "Cors" in repr(middleware) else middleware
        for middleware in app.user_middleware
    ]
    return app


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.origin_by_prefix:spoilt_app")


DEFECT = Defect(
    title="Origins are compared by how they begin",
    drill="foreign-origins",
    caught_by="observed foreign-origin",
    spoil=spoil,
)

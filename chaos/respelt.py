"""Routes and statements of the target written another way, for defects: as somebody might have made them."""

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette

from chaos.rewriting import rewritten
from target.app import create_app
from target.db.pool import Query
from target.routing import Endpoint
from target.settings import Settings


def app_with(settings: Settings, name: str, respell: Callable[[Endpoint], Endpoint]) -> Starlette:
    """The application with one of its endpoints replaced."""
    app = create_app(settings)
    routes = app.router.routes
    for place, route in enumerate(routes):
        if isinstance(route, Endpoint) and route.name == name:
            routes[place] = respell(route)
            return app
    raise LookupError(f"the target has no endpoint {name}: a defect that changes nothing is none")


def taking(takes: type[Any]) -> Callable[[Endpoint], Endpoint]:
    """The same endpoint, of another body."""

    def respell(old: Endpoint) -> Endpoint:
        return Endpoint(
            old.method, old.path, old.handler, roles=old.roles, takes=takes, gives=old.gives, status=old.status
        )

    return respell


def served_by(handler: Callable[..., Any]) -> Callable[[Endpoint], Endpoint]:
    """The same endpoint, with another handler."""

    def respell(old: Endpoint) -> Endpoint:
        return Endpoint(
            old.method,
            old.path,
            handler,
            roles=old.roles,
            query=old.query,
            takes=old.takes,
            gives=old.gives,
            status=old.status,
            media_type=old.media_type,
        )

    return respell


def spelt(query: Query, old: str, new: str) -> Query:
    """A statement with something else in the place of `old`."""
    return Query(query.name, rewritten(query.sql, old, new))

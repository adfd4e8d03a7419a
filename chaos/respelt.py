"""Routes and statements of the target written another way, for defects: as somebody might have made them."""

import inspect
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette

from chaos.rewriting import rewritten
from target.app import create_app
from target.db.pool import Query
from target.privacy import registry
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
    return lambda old: _like(old, takes=takes)


def served_by(handler: Callable[..., Any]) -> Callable[[Endpoint], Endpoint]:
    """The same endpoint, with another handler, which asks Redis for nothing ahead."""
    return lambda old: _like(old, handler=handler, ahead=None)


def _like(old: Endpoint, **changes: Any) -> Endpoint:
    parameters = inspect.signature(Endpoint).parameters
    return Endpoint(**{name: getattr(old, name) for name in parameters} | changes)


def spelt(query: Query, old: str, new: str) -> Query:
    """A statement with something else in the place of `old`."""
    return Query(query.name, rewritten(query.sql, old, new))


def app_exporting(settings: Settings, section: str, query: Query) -> Starlette:
    """The application whose privacy export takes one of its sections from another statement."""
    sections = tuple(one._replace(query=query) if one.name == section else one for one in registry.SECTIONS)
    if sections == registry.SECTIONS:
        raise LookupError(f"the export has no section {section}: a defect that changes nothing is none")
    registry.SECTIONS = sections
    return create_app(settings)

"""The table of the probe and the routes of the target: a new route is told here, before a stack is started."""

from __future__ import annotations

from chaos.probes.route_roles import ALLOWED, TABLE
from target.app import create_app
from target.db.url import DatabaseUrl
from target.routing import Endpoint
from target.settings import Settings


async def test_the_table_names_every_route_with_its_roles() -> None:
    settings = Settings(
        database=DatabaseUrl.parse("postgresql://app@127.0.0.1/app"),
        redis_url="redis://127.0.0.1",
        jwt_secret="never-used-to-sign-anything-at-all",
    )
    routes = [route for route in create_app(settings).routes if isinstance(route, Endpoint)]
    declared = {f"{route.method} {route.path}": sorted(route.roles) for route in routes}
    assert declared == {name: sorted(ALLOWED[who]) for name, who in TABLE.items()}

"""The list of users is declared for all members, and so is told and served to them."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.admin.models import ManagedUser, UserSearch
from target.admin.routes import list_users
from target.app import create_app
from target.paging import Listing
from target.routing import MEMBERS, Endpoint
from target.settings import Settings


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    spoilt = Endpoint("GET", "/admin/users", list_users, roles=MEMBERS, query=UserSearch, gives=Listing[ManagedUser])
    routes = app.router.routes
    (place,) = [i for i, route in enumerate(routes) if isinstance(route, Endpoint) and route.name == spoilt.name]
    routes[place] = spoilt
    return app


DEFECT = Defect(
    title="The list of users is for everybody",
    drill="route-roles",
    caught_by="observed role-table-differs",
    spoil=serving(spoilt_app),
)

"""One method forgets its role check, though what the service says of itself still names it: any user becomes admin."""

from starlette.applications import Starlette

from harness.defect import Defect, serving
from target.admin.models import ManagedUser, RoleChange
from target.admin.routes import change_role
from target.app import create_app
from target.routing import ADMINS, MEMBERS, Endpoint
from target.settings import Settings

PATH = "/admin/users/{id}"


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    spoilt = Endpoint("PATCH", PATH, change_role, roles=MEMBERS, takes=RoleChange, gives=ManagedUser, problems=(409,))
    # What is declared was read when the route was made; this only changes what it tells.
    spoilt.roles = ADMINS
    routes = app.router.routes
    (place,) = [i for i, route in enumerate(routes) if isinstance(route, Endpoint) and route.name == spoilt.name]
    routes[place] = spoilt
    return app


DEFECT = Defect(
    title="One method forgets its role check",
    drill="route-roles",
    caught_by="observed refused-role",
    spoil=serving(spoilt_app),
)

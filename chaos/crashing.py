"""The service with routes that fail, as nobody would ship it: what becomes of a crash is asked of this one."""

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.stacks.plan import StackPlan
from target.app import create_app
from target.errors import Problem
from target.observability.tracing import create_span
from target.routing import Endpoint
from target.settings import Settings

# Put together, since the lines of source around a crash are sent along.
SECRET = "-".join(("canary", "of", "a", "crash", "5d1c"))
FACTORY = "chaos.crashing:app_with_crashes"


async def crashes(request: Request) -> Response:
    raise ZeroDivisionError(f"password={SECRET} in {request.path_params['number']}")


async def crashes_in_its_error(_request: Request) -> Response:
    # It cannot be rendered: the crash is in what tells of the failure.
    raise Problem(400, SECRET, extra={"why": object()})


async def unavailable(_request: Request) -> Response:
    raise Problem(503, "Come back later.", headers={"Retry-After": "1"})


async def pays(_request: Request) -> Response:
    with create_span("process-payment"):
        return JSONResponse({"paid": True})


def app_with_crashes(settings: Settings) -> Starlette:
    """The factory that instances import."""
    app = create_app(settings)
    app.router.routes[:0] = [
        Endpoint("GET", "/probe/crashes/{number}", crashes),
        Route("/probe/crashes-in-its-error", crashes_in_its_error),
        Route("/probe/unavailable", unavailable),
        Route("/probe/pays", pays),
    ]
    return app


def with_crashes(plan: StackPlan, **environment: str) -> StackPlan:
    """The plan of a stack of such instances."""
    return msgspec.structs.replace(plan, app_factory=FACTORY, app_environment=plan.app_environment | environment)

"""/health was written again for a new balancer, which only looks at the status."""

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from harness.defect import Defect
from harness.stacks.plan import StackPlan
from target.app import create_app
from target.settings import Settings


async def ok(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.router.routes.insert(0, Route("/health", ok))
    return app


def spoil(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, app_factory="chaos.defects.health_forgets_its_version:spoilt_app")


DEFECT = Defect(
    title="/health says ok and nothing else",
    drill="health-says-who-is-here",
    caught_by="observed health-wrong",
    spoil=spoil,
)

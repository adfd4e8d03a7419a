"""/health was written again for a new balancer, which only looks at the status."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings


async def ok(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


def spoilt_app(settings: Settings) -> Starlette:
    app = create_app(settings)
    app.router.routes.insert(0, Route("/health", ok))
    return app


DEFECT = Defect(
    title="/health says ok and nothing else",
    drill="health-says-who-is-here",
    caught_by="observed health-wrong",
    spoil=serving(spoilt_app),
)

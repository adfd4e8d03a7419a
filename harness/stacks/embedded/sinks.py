"""Where telemetry goes: see harness/sinks/app.py."""

from harness.stack import Hop
from harness.stacks.asking import status_of
from harness.stacks.embedded.children import PYTHON, ChildSpec
from harness.stacks.embedded.site import HOST, Site

FOLDER = "sinks"
"""In the run's folder: what arrived stays with the run."""


def spec(site: Site) -> ChildSpec:
    folder = site.logs.parent / FOLDER
    folder.mkdir(exist_ok=True)
    return ChildSpec(
        name="sinks",
        role="sinks",
        argv=(PYTHON, "-m", "harness.sinks"),
        environment={"HOST": HOST, "PORT": str(site.ports.sinks), "SINKS_FOLDER": str(folder)},
    )


def url(site: Site) -> str:
    return f"http://{HOST}:{site.ports.door(Hop.APP_SINKS)}"


def dsn(site: Site) -> str:
    """Of Sentry: any key and project will do."""
    return f"http://embedded@{HOST}:{site.ports.door(Hop.APP_SINKS)}/1"


async def answers(site: Site) -> bool:
    return await status_of(HOST, site.ports.sinks, "/health") == 200

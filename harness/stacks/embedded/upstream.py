"""The external service: see harness/upstream/app.py."""

from harness.stacks.asking import status_of
from harness.stacks.embedded.children import PYTHON, ChildSpec
from harness.stacks.embedded.site import HOST, Site


def spec(site: Site) -> ChildSpec:
    return ChildSpec(
        name="upstream",
        role="upstream",
        argv=(PYTHON, "-m", "harness.upstream"),
        environment={"HOST": HOST, "PORT": str(site.ports.upstream)},
    )


def url(site: Site) -> str:
    return f"http://{HOST}:{site.ports.upstream}"


async def answers(site: Site) -> bool:
    return await status_of(HOST, site.ports.upstream, "/health") == 200

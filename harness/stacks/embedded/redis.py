"""Redis (or Valkey): a cache that keeps nothing over a restart."""

from harness.stacks.asking import answers_redis
from harness.stacks.embedded.binaries import Binary
from harness.stacks.embedded.children import ChildSpec
from harness.stacks.embedded.site import HOST, Site


def spec(site: Site, binary: Binary) -> ChildSpec:
    folder = site.folder("cache")
    options = (
        "--bind",
        HOST,
        "--port",
        str(site.ports.cache),
        "--dir",
        str(folder),
        "--save",
        "",
        "--appendonly",
        "no",
    )
    return ChildSpec(
        name="cache",
        role="cache",
        argv=(str(binary.path), *options, "--daemonize", "no", "--loglevel", "notice"),
    )


def url(site: Site) -> str:
    return f"redis://{HOST}:{site.ports.cache}/0"


async def answers(site: Site) -> bool:
    return await answers_redis(url(site))

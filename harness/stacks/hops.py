"""The fault proxy on the hops of a stack: a process beside it, the same for every kind of stack."""

from typing import NamedTuple

import httpx

from harness.errors import StackError
from harness.stack import Hop
from harness.stacks.companions import Companions

NAME = "proxy"
MODULE = "chaos.proxy"
CONTROL_HOST = "127.0.0.1"
PATIENCE_S = 10.0


class Place(NamedTuple):
    """Where the proxy stands: `listen` is where the hop's client connects, `server` whom it wants."""

    hop: Hop
    listen: tuple[str, int]
    server: tuple[str, int]


def control(port: int) -> str:
    """The URL of the proxy's own API."""
    return f"http://{CONTROL_HOST}:{port}"


async def stand(companions: Companions, port: int, places: list[Place]) -> None:
    """Starts the proxy, its control at `port`, and makes a proxy for each hop.

    Raises StackError when it cannot listen where it must.
    """
    url = control(port)
    child = companions.begin(NAME, MODULE, {"HOST": CONTROL_HOST, "PORT": str(port)})
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S, trust_env=False) as client:

        async def answers() -> bool:
            try:
                return (await client.get("/version")).is_success
            except httpx.HTTPError:
                return False

        await child.until(answers, PATIENCE_S, "ready")
        wanted = [
            {"name": place.hop.value, "listen": _written(place.listen), "upstream": _written(place.server)}
            for place in places
        ]
        answer = await client.post("/populate", json=wanted)
    if answer.is_error:
        raise StackError(f"the fault proxy cannot stand where it must: {answer.text}", "see docs/fault-proxy.md")


def _written(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"

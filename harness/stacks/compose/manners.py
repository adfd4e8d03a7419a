"""Whether the harness's own external service was told to misbehave, and telling it to answer well again."""

import httpx

from harness.stacks.compose.member import Member

SAID = frozenset(("latency_ms", "late_rate", "error_rate", "error_kind", "seed"))
"""What the service says at /control: somebody else's service that has such a path says something else."""
PATIENCE_S = 2.0


async def answers_well_again(member: Member) -> bool | None:
    """None where there was nothing to undo, False where it did not take it."""
    host, port = member.address
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", trust_env=False, timeout=PATIENCE_S) as client:
        try:
            found = (await client.get("/control")).json()
            if not isinstance(found, dict) or found.keys() != SAID:
                return None
        except (httpx.HTTPError, ValueError):
            # It is not the harness's, or does not run: nobody can have told it anything that lasts.
            return None
        try:
            # An empty one is of defaults, with which all is well.
            told = await client.put("/control", json={})
        except httpx.HTTPError:
            return False
    return told.is_success if not told.is_success or told.json() != found else None

"""Each poison, to each instance: is it answered, as a client's fault or as none, and how soon?"""

from chaos.faults.poison import registered
from chaos.poisons import poisons, send
from harness.prober import Prober
from harness.stack import Role


async def ask_each(prober: Prober) -> None:
    token = await registered(prober.url)
    for member in prober.inside.members(Role.APP):
        address = prober.inside.address(member)
        for poison in poisons():
            reply = await send(address, poison.request(token))
            case = f"{poison.name}, to {member}"
            detail = f"status {reply.status}" if reply.status else "no answer"
            prober.saw("poison-answered", case, 0 < reply.status < 500, detail=detail)
            prober.saw("poison-seconds", case, round(reply.seconds, 3), unit="s", detail=detail)

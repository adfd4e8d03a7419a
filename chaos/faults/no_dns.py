"""no-dns: a member can look no name up: its resolver is one that never answers. Heal gives it its own resolver back."""

from ipaddress import IPv4Network
from typing import ClassVar

from harness.clock import now
from harness.fault import Felt, Gone, MemberFault, NotFelt, NotGone, one
from harness.stack import Containers, Harmable, Ran, Role
from harness.traces import RESOLVER, WRITE_RESOLVER, is_resolver_taken, resolver_given_back, resolver_taken

NOWHERE = "192.0.2.1"
"""An address for documentation (RFC 5737)."""

# Prints which of some names can be looked up; all at once, since each that cannot takes its time.
LOOK_UP = 'for name in "$@"; do timeout 0.3 getent hosts "$name" > /dev/null && echo "$name" & done; wait'


class NoDns(MemberFault, tag="no-dns", frozen=True):
    """Open connections stay as they are. A name that is looked up is waited for in vain, as long as the program likes:
    an address of the member's own network stands in the configuration, at which nobody is.
    """

    wants: ClassVar[type[object]] = Containers

    def undo(self) -> str:
        return f"give {self.target} its resolver back"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Containers)
        own = (await self.run_inside(stack, ["cat", RESOLVER])).text
        if not own.strip():
            # What cannot be kept cannot be given back.
            raise NotFelt(f"the resolver of {self.target} could not be read")
        if not is_resolver_taken(own):
            routes = (await stack.run(self.target, ["cat", "/proc/net/route"])).text
            ran = await self._write(stack, resolver_taken(own, nobody_s_address(routes)))
            if ran.status:
                raise NotFelt(f"the resolver of {self.target} could not be changed: {ran.text.strip()}")
        return await self.until_felt(stack, began=now())

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Containers)
        # First, since it may not serve for want of it; and again, should it only have been started just now.
        if (await stack.state(self.target)).running:
            await self._give_back(stack)
        await stack.start(self.target)
        await self._give_back(stack)
        return await self.until_gone(stack, f"{self.target} has its resolver back, and serves")

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Containers)
        if not is_resolver_taken(await self._configuration(stack)):
            return None
        # A healthy member knows whichever of them it shares a network with, by the names of their services.
        others = [name for role in Role for name in stack.members(role) if name != self.target]
        found = await stack.run(self.target, ["sh", "-c", LOOK_UP, "sh", *others])
        return None if found.text.strip() else f"{self.target} can look up none of {', '.join(others)}"

    async def _give_back(self, stack: Containers) -> None:
        found = await self._configuration(stack)
        if is_resolver_taken(found):
            ran = await self._write(stack, resolver_given_back(found))
            if ran.status:
                raise NotGone(f"the resolver of {self.target} could not be given back: {ran.text.strip()}")

    async def _configuration(self, stack: Containers) -> str:
        return (await stack.run(self.target, ["cat", RESOLVER])).text

    async def _write(self, stack: Containers, text: str) -> Ran:
        return await stack.run(self.target, ["sh", "-c", WRITE_RESOLVER, "sh", text], privileged=True)


def nobody_s_address(routes: str) -> str:
    """The last address of a network that the member is on, where questions go and stay: Docker gives out the first."""
    for fields in map(str.split, routes.splitlines()[1:]):
        network, gateway, mask = (int.from_bytes(bytes.fromhex(fields[column]), "little") for column in (1, 2, 7))
        if network and not gateway:
            return str(IPv4Network((network, mask.bit_count())).broadcast_address - 1)
    return NOWHERE


EXAMPLE = NoDns(Role.APP, one)
"""What the contract test of all faults tries."""

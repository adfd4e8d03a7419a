"""rotate-certificate: the balancer is given a new certificate. It leaves nothing to undo."""

import asyncio
from typing import ClassVar

from chaos.certificates import OfTheBalancer, shown_by
from harness.clock import now
from harness.fault import Felt, Gone, NotFelt
from harness.stack import Encrypted, Harmable, Role


class RotateCertificate(OfTheBalancer, tag="rotate-certificate", frozen=True, kw_only=True):
    """As it is renewed before it expires. Felt when a new connection is shown another one than before."""

    lasts: ClassVar[bool] = False

    def describe(self) -> str:
        return f"give {self.target} a new certificate"

    def undo(self) -> str:
        return f"nothing: the new certificate of {self.target} is as good as the old one"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Encrypted)
        address = stack.address(self.target)
        before = await asyncio.to_thread(shown_by, *address)
        began = now()
        await stack.rotate_certificate()
        after = await asyncio.to_thread(shown_by, *address)
        if before is None or after is None or before.der == after.der:
            raise NotFelt(f"{self.target} shows no other certificate than before")
        return Felt(began, now(), f"{self.target} shows another certificate, for {after.days_left:.3g} days")

    async def heal(self, stack: Harmable) -> Gone:
        return await self.until_gone(stack, f"{self.target} serves with its new certificate")

    async def seen(self, stack: Harmable) -> str | None:
        return None


EXAMPLE = RotateCertificate(Role.LB)
"""What the contract test of all faults tries."""

"""expire-certificate: the balancer shows a certificate that has expired. Heal gives it one that is good."""

import asyncio

from chaos.certificates import OfTheBalancer, shown_by
from harness.clock import now
from harness.errors import UsageError
from harness.fault import Felt, Gone
from harness.stack import Encrypted, Harmable, Role

MOST_DAYS = 3650


class ExpireCertificate(OfTheBalancer, tag="expire-certificate", frozen=True, kw_only=True):
    """It has ended `days` ago. Connections that are open go on: only new ones ask who is there."""

    days: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.days <= MOST_DAYS:
            raise UsageError(
                f"a certificate cannot have expired {self.days:g} days ago", f"use more than 0, and at most {MOST_DAYS}"
            )

    def describe(self) -> str:
        return f"let the certificate of {self.target} expire"

    def undo(self) -> str:
        return f"give {self.target} a certificate that is good"

    async def inject(self, stack: Harmable) -> Felt:
        assert isinstance(stack, Encrypted)
        began = now()
        await stack.rotate_certificate(-self.days)
        return await self.until_felt(stack, began)

    async def heal(self, stack: Harmable) -> Gone:
        assert isinstance(stack, Encrypted)
        # Whatever is seen: an inject that was broken off may have left the bad one where a restart would find it.
        await stack.rotate_certificate()
        return await self.until_gone(stack, f"{self.target} shows a certificate that is good")

    async def seen(self, stack: Harmable) -> str | None:
        assert isinstance(stack, Encrypted)
        certificate = await asyncio.to_thread(shown_by, *stack.address(self.target))
        if certificate is None or certificate.days_left >= 0:
            return None
        return f"{self.target} shows a certificate that expired {-certificate.days_left:.3g} days ago"


EXAMPLE = ExpireCertificate(Role.LB)
"""What the contract test of all faults tries."""

"""A certificate authority of one stack: thrown away with it, so nobody need ever trust it for more."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """A new key and what the authority says of it, in PEM."""

    key: bytes
    chain: bytes

    @property
    def together(self) -> bytes:
        """In one text, as HAProxy wants them."""
        return self.key + self.chain


class Authority:
    def __init__(self) -> None:
        # Imported when a stack wants it: cryptography is a large library.
        import trustme

        self._ca = trustme.CA(organization_name="The stack's own authority")

    def write(self, file: Path) -> None:
        """Whom clients must trust, in PEM."""
        self._ca.cert_pem.write_to_path(str(file))

    def issue(self, days: float, *names: str) -> Certificate:
        """For host names and addresses, good for so many days from now."""
        leaf = self._ca.issue_cert(*names, not_after=datetime.now(UTC) + timedelta(days=days))
        chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
        return Certificate(leaf.private_key_pem.bytes(), chain)

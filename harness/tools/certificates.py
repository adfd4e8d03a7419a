"""Certificates of one's own, for trying out configurations that need some."""

from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """In PEM: a server's certificate, its key, and the authority that signed it."""

    certificate: bytes
    key: bytes
    authority: bytes

    def write(self, certificate: Path, key: Path) -> None:
        """Into two files, or one after the other into the same."""
        for file in (certificate, key):
            file.parent.mkdir(parents=True, exist_ok=True)
        certificate.write_bytes(self.certificate + (self.key if key == certificate else b""))
        if key != certificate:
            key.write_bytes(self.key)


def made_for(host: str) -> Certificate:
    # Imported when one is wanted: cryptography is a large library.
    import trustme

    authority = trustme.CA()
    leaf = authority.issue_cert(host)
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return Certificate(chain, leaf.private_key_pem.bytes(), authority.cert_pem.bytes())

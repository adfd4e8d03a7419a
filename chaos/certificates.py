"""What certificate a server shows to a new connection, and how long that is good for."""

import random
import socket
import ssl
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple, Self

from cryptography import x509

from harness.errors import UsageError
from harness.fault import MemberFault
from harness.stack import Encrypted, Role, Stack

PATIENCE_S = 3.0
DAY_S = 86_400


class Shown(NamedTuple):
    """A certificate: itself, and how many days it is good for from now, less than none when it has expired."""

    der: bytes
    days_left: float


def shown_by(host: str, port: int) -> Shown | None:
    """None when nobody speaks TLS there. It is not judged: an expired one is shown too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), PATIENCE_S) as raw, context.wrap_socket(raw) as done:
            der = done.getpeercert(binary_form=True)
    except OSError:
        return None
    if der is None:
        return None
    ends = x509.load_der_x509_certificate(der).not_valid_after_utc
    return Shown(der, (ends - datetime.now(UTC)).total_seconds() / DAY_S)


def refusal(host: str, port: int, ca_file: str) -> str | None:
    """Why a client that checks whom it talks to would not; None when it would."""
    context = ssl.create_default_context(cafile=ca_file)
    try:
        with socket.create_connection((host, port), PATIENCE_S) as raw, context.wrap_socket(raw, server_hostname=host):
            return None
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except OSError as error:
        return f"no connection: {error}"


class OfTheBalancer(MemberFault, frozen=True, kw_only=True):
    """What is done to the certificate of a balancer that has one."""

    wants: ClassVar[type[object]] = Encrypted

    def __post_init__(self) -> None:
        if self.role is not Role.LB:
            raise UsageError(f"the balancer is who shows a certificate, not {self.role.value}", "aim at Role.LB")

    def aimed(self, stack: Stack, draw: random.Random) -> Self:
        victim = super().aimed(stack, draw)
        if not isinstance(stack, Encrypted) or stack.ca_file is None:
            raise UsageError(f"{victim.target} of this stack has no certificate to harm", "give its plan `tls`")
        return victim

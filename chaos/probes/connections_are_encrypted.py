"""TLS at the balancer, asked by hand: versions, ciphers, HSTS, the plain port, the certificate and its rotation."""

import asyncio
import re
import socket
import ssl
import warnings
from datetime import UTC, datetime
from typing import NamedTuple

import httpx
import msgspec

from harness.checks.observed import Observed
from harness.errors import NotApplicable
from harness.probe import probe
from harness.prober import Prober
from harness.stack import Encrypted
from harness.stacks.plan import StackPlan, Tls

OLD = {"TLSv1.0": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1}
NEW = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
EVERYTHING = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
"""What the client must offer, or its own library would refuse in the server's place."""

PATIENCE_S = 3.0
HELD = 4
ASKED = 25
ROTATIONS = 3
HALF_A_YEAR_S = 180 * 86_400


class Handshake(NamedTuple):
    """What was agreed on; the certificate in DER."""

    version: str
    cipher: str
    certificate: bytes


async def ask(prober: Prober) -> None:
    stack = prober.stack
    if not isinstance(stack, Encrypted) or stack.ca_file is None or stack.plain_url is None:
        raise NotApplicable("this stack's certificates are not the harness's own")
    host, port = stack.address("lb")
    await asyncio.to_thread(ask_versions, prober, host, port)
    await asyncio.to_thread(ask_ciphers, prober, host, port)
    await ask_hsts(prober)
    await ask_plain(prober, stack.plain_url)
    await asyncio.to_thread(ask_certificate, prober, str(stack.ca_file), host, port)
    await ask_rotation(prober, stack, host, port)


def ask_versions(prober: Prober, host: str, port: int) -> None:
    for of, versions in (("old-tls-accepted", OLD), ("new-tls-accepted", NEW)):
        for name, version in versions.items():
            agreed = handshake(host, port, offering(version))
            detail = f"agreed on {agreed.version} with {agreed.cipher}" if agreed else "refused"
            prober.saw(of, name, agreed is not None, detail=detail)


def ask_ciphers(prober: Prober, host: str, port: int) -> None:
    """Each cipher of TLS 1.2 that this client knows, offered alone."""
    strong = 0
    known = [cipher["name"] for cipher in offering(ssl.TLSVersion.TLSv1_2).get_ciphers()]
    for name in (name for name in known if not name.startswith("TLS_")):
        accepted = handshake(host, port, offering(ssl.TLSVersion.TLSv1_2, f"{name}:@SECLEVEL=0")) is not None
        if is_strong(name):
            strong += accepted
        else:
            prober.saw("weak-cipher-accepted", name, accepted)
    prober.saw("strong-ciphers-accepted", "TLSv1.2", strong, unit="ciphers")


def is_strong(cipher: str) -> bool:
    """Forward secrecy, and authenticated encryption: what Mozilla's "intermediate" leaves of TLS 1.2."""
    return cipher.startswith(("ECDHE-", "DHE-")) and ("-GCM-" in cipher or "CHACHA20" in cipher) and "PSK" not in cipher


async def ask_hsts(prober: Prober) -> None:
    for case, path in (("an answer", "/health"), ("an error", "/nowhere"), ("a refusal", "/feed")):
        header = (await prober.http.get(path)).headers.get("strict-transport-security", "")
        found = re.search(r"max-age=(\d+)", header)
        prober.saw("hsts-max-age", case, int(found[1]) if found else 0, unit="s", detail=header or "no header")
    health = (await prober.http.get("/health")).json()
    prober.saw("environment", "GET /health", health["environment"])


async def ask_plain(prober: Prober, plain_url: str) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
        for method, headers in (("GET", {}), ("POST", {}), ("GET", {"Host": "evil.test"})):
            answer = await client.request(method, f"{plain_url}/feed?limit=1", headers=headers)
            case = f"{method} without TLS{' and another Host' if headers else ''}"
            to = answer.headers.get("location", "")
            prober.saw("plain-status", case, answer.status_code)
            prober.saw("plain-leads-to-tls", case, to == f"{prober.url}/feed?limit=1", detail=to)


def ask_certificate(prober: Prober, ca_file: str, host: str, port: int) -> None:
    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection((host, port), PATIENCE_S) as raw, context.wrap_socket(raw, server_hostname=host) as s:
        certificate = s.getpeercert() or {}
        prober.saw("alpn", "offered h2 and http/1.1", s.selected_alpn_protocol() or "none")
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends - datetime.now(UTC)).total_seconds() / 86_400
    prober.saw("certificate-days-left", "the balancer's", round(days, 2), unit="days", detail=f"until {ends:%Y-%m-%d}")


async def ask_rotation(prober: Prober, stack: Encrypted, host: str, port: int) -> None:
    """Clients hold connections open and go on asking, while the certificate is exchanged."""
    clients = [prober.client() for _ in range(HELD)]
    before = await asyncio.gather(*map(own_port, clients))
    certificate = await asyncio.to_thread(handshake, host, port, offering(ssl.TLSVersion.TLSv1_3))
    asking = asyncio.gather(*map(failures, clients))
    for _ in range(ROTATIONS):
        await stack.rotate_certificate()
    failed = await asking
    after = await asyncio.gather(*map(own_port, clients), return_exceptions=True)
    for client in clients:
        await client.aclose()
    renewed = await asyncio.to_thread(handshake, host, port, offering(ssl.TLSVersion.TLSv1_3))
    for number, count in enumerate(failed, start=1):
        detail = f"of {ASKED} requests during {ROTATIONS} rotations"
        prober.saw("failed-while-rotating", f"open connection {number}", count, unit="requests", detail=detail)
    for number, (was, now) in enumerate(zip(before, after, strict=True), start=1):
        prober.saw("connection-kept", f"open connection {number}", was == now, detail=f"from port {was}, then {now}")
    if certificate is not None and renewed is not None:
        changed = certificate.certificate != renewed.certificate
        prober.saw("new-certificate-served", "a new connection", changed)


async def failures(client: httpx.AsyncClient) -> int:
    """How many of some requests, one after the other, were not answered as they should."""
    failed = 0
    for _ in range(ASKED):
        try:
            failed += (await client.get("/health")).status_code != httpx.codes.OK
        except httpx.HTTPError:
            failed += 1
    return failed


async def own_port(client: httpx.AsyncClient) -> int:
    """The client's end of the connection that a request goes over."""
    async with client.stream("GET", "/health") as answer:
        await answer.aread()
        address = answer.extensions["network_stream"].get_extra_info("client_addr")
        return int(address[1])


def offering(version: ssl.TLSVersion, ciphers: str = EVERYTHING) -> ssl.SSLContext:
    """A client that speaks one version only, and asks for no proof of who is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        # Old versions are deprecated, which is why somebody must look whether they are still taken.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = version
        context.minimum_version = version
    context.set_ciphers(ciphers)
    return context


def handshake(host: str, port: int, context: ssl.SSLContext) -> Handshake | None:
    """None when it is refused. Raises OSError when nobody listens."""
    with socket.create_connection((host, port), PATIENCE_S) as raw:
        try:
            with context.wrap_socket(raw) as done:
                cipher = done.cipher()
                certificate = done.getpeercert(binary_form=True) or b""
                return Handshake(done.version() or "", cipher[0] if cipher else "", certificate)
        except (ssl.SSLError, ConnectionError):
            return None


def encrypted(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(plan, tls=Tls(), environment="production")


PROBE = probe(
    title="Connections are encrypted, and only well, and a new certificate drops none",
    ask=ask,
    on=encrypted,
    expect=(
        Observed(of="old-tls-accepted", equals=0, cases=len(OLD)),
        Observed(of="new-tls-accepted", equals=1, cases=len(NEW)),
        Observed(of="weak-cipher-accepted", equals=0, cases=40),
        Observed(of="strong-ciphers-accepted", at_least=1),
        Observed(of="hsts-max-age", at_least=HALF_A_YEAR_S, cases=3),
        Observed(of="environment", equals="production"),
        Observed(of="plain-status", among=(301, 308), cases=3),
        Observed(of="plain-leads-to-tls", equals=1, cases=3),
        Observed(of="alpn", equals="h2"),
        Observed(of="certificate-days-left", at_least=14),
        Observed(of="failed-while-rotating", equals=0, cases=HELD),
        Observed(of="connection-kept", equals=1, cases=HELD),
        Observed(of="new-certificate-served", equals=1),
    ),
    claims=("INF-TLS",),
)

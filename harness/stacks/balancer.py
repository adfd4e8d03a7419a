"""HAProxy's configuration, the same on every stack that the harness starts: only addresses and files differ."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from harness.errors import StackError
from harness.sampling.haproxy import ask
from harness.stack import Harmable, Role
from harness.stacks.plan import HealthCheck, Renewal, Tls

BACKEND = "app"
TEMPLATE = Path(__file__).with_name("haproxy.cfg")


class Server(NamedTuple):
    """An instance, and where it listens: "127.0.0.1:4000", "app-1:4000"."""

    name: str
    address: str


class Encryption(NamedTuple):
    """TLS at the balancer: a PEM file, where the plain port listens, and where that sends people.

    `cache` is where the cache's TLS ends, and the cache itself: for one that was built without.
    """

    tls: Tls
    certificate: str
    plain_bind: str
    public_url: str
    cache: tuple[str, str] | None = None


class Balancer(NamedTuple):
    """`bind` is an address and port. `resolver` asks Docker's name server again and again: a container that was
    started anew may have another address. At `announcing_bind` clients say first, by the PROXY protocol, who they are.
    At `metrics_bind` Prometheus asks it.
    """

    socket: str
    bind: str
    servers: tuple[Server, ...]
    check: HealthCheck | None
    balance: str = "leastconn"
    encryption: Encryption | None = None
    socket_mode: str = "600"
    resolver: bool = False
    announcing_bind: str | None = None
    metrics_bind: str | None = None


RESOLVERS = """resolvers docker
    nameserver dns 127.0.0.11:53
    accepted_payload_size 8192
    resolve_retries 2
    timeout resolve 500ms
    timeout retry 500ms
    hold valid 500ms
"""

METRICS = """frontend metrics
    bind {}
    http-request use-service prometheus-exporter if {{ path /metrics }}
"""


def render(balancer: Balancer) -> str:
    """The configuration, whole."""
    encryption = balancer.encryption
    values = {
        "socket": f"{balancer.socket} mode {balancer.socket_mode}",
        "resolvers": RESOLVERS if balancer.resolver else "",
        "default_server": "init-addr last,libc,none resolvers docker" if balancer.resolver else "init-addr none",
        "bind": _bind(balancer),
        "tls_defaults": _tls_defaults(encryption.tls) if encryption else "",
        "tls_frontend": _tls_frontend(encryption.tls) if encryption else "",
        "beside": _beside(encryption) if encryption else "",
        "metrics": METRICS.format(balancer.metrics_bind) if balancer.metrics_bind else "",
        "balance": balancer.balance,
        "health_check": _health_check(balancer.check),
        "servers": "\n".join(
            f"    server {server.name} {server.address} {_server_options(balancer.check)}".rstrip()
            for server in balancer.servers
        ),
    }
    text = TEMPLATE.read_text()
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def _bind(balancer: Balancer) -> str:
    if balancer.encryption is None:
        announcing = f"\n    bind {balancer.announcing_bind} accept-proxy" if balancer.announcing_bind else ""
        return f"bind {balancer.bind}{announcing}"
    return f"bind {balancer.bind} ssl crt {balancer.encryption.certificate} alpn h2,http/1.1"


def _tls_defaults(tls: Tls) -> str:
    lines = [
        f"    ssl-default-bind-options ssl-min-ver {tls.min_version} no-tls-tickets",
        f"    ssl-default-bind-ciphers {tls.ciphers}",
        f"    ssl-default-bind-ciphersuites {tls.ciphersuites}",
    ]
    return "\n".join(lines)


def _tls_frontend(tls: Tls) -> str:
    lines = ["    http-request set-header X-Forwarded-Proto https"]
    if tls.hsts:
        # After the response: the balancer's own errors carry it too.
        lines.append(f'    http-after-response set-header Strict-Transport-Security "{tls.hsts}"')
    return "\n".join(lines)


def _beside(encryption: Encryption) -> str:
    """The plain port, which redirects, and the cache's TLS where the cache has none."""
    # A fixed place, never the Host that the client sent: that would redirect to wherever a link says.
    redirect = f"    http-request redirect prefix {encryption.public_url} code 308"
    lines = [
        "frontend plain",
        f"    bind {encryption.plain_bind}",
        redirect if encryption.tls.redirect else f"    default_backend {BACKEND}",
    ]
    if encryption.cache is not None:
        bind, cache = encryption.cache
        lines += [
            "",
            "listen cache",
            "    mode tcp",
            "    option tcplog",
            f"    bind {bind} ssl crt {encryption.certificate}",
            "    timeout client 1h",
            "    timeout server 1h",
            f"    server cache {cache}",
        ]
    return "\n".join(lines)


def _health_check(check: HealthCheck | None) -> str:
    if check is None or check.path is None:
        return ""
    send = f"    http-check send meth GET uri {check.path} ver HTTP/1.1 hdr Host lb.local"
    # "Conditionally passed": nothing new is sent there, and what is under way is not cut off as when it is down.
    otherwise = "error-status L7OKC " if check.drains else ""
    return "\n".join(["    option httpchk", send, f"    http-check expect {otherwise}status 200"])


def _server_options(check: HealthCheck | None) -> str:
    if check is None:
        return ""
    fast = max(check.every_ms // 2, 1)
    times = f"inter {check.every_ms}ms fastinter {fast}ms downinter {check.every_ms}ms"
    return f"check {times} fall {check.fall} rise {check.rise} on-marked-down shutdown-sessions"


async def renew(stack: Harmable, how: Renewal, tell: Callable[[], Awaitable[None]]) -> None:
    """What is done with a new certificate, once that is in its file. `tell` says so to the running balancer."""
    if how is Renewal.TOLD:
        await tell()
    elif how is Renewal.RESTARTED:
        for member in stack.members(Role.LB):
            await stack.stop(member)
            await stack.start(member)


async def take_up(socket: Path, certificate: str, pem: bytes) -> None:
    """Tells a running balancer of a new certificate, for new connections. Raises StackError."""
    said = await ask(socket, f"set ssl cert {certificate} <<\n{pem.decode()}")
    said += await ask(socket, f"commit ssl cert {certificate}")
    if "Success" not in said:
        raise StackError("the balancer did not take up the new certificate", said.strip())

"""HAProxy: the balancer in front of the instances, which asks each whether it is ready."""

from pathlib import Path

from harness.errors import StackError
from harness.sampling.haproxy import ask
from harness.stacks.embedded import certificates
from harness.stacks.embedded.binaries import Binary
from harness.stacks.embedded.children import ChildSpec
from harness.stacks.embedded.site import HOST, Site
from harness.stacks.plan import HealthCheck, Tls

BACKEND = "app"
TEMPLATE = Path(__file__).with_name("haproxy.cfg")


def spec(site: Site, binary: Binary) -> ChildSpec:
    config = site.folder("lb") / "haproxy.cfg"
    config.write_text(render(site))
    return ChildSpec(name="lb", role="lb", argv=(str(binary.path), "-db", "-f", str(config)))


def render(site: Site) -> str:
    """The configuration, whole."""
    check = site.plan.health_check
    values = {
        "socket": str(socket(site)),
        "bind": _bind(site),
        "tls_defaults": _tls_defaults(site.plan.tls),
        "tls_frontend": _tls_frontend(site.plan.tls),
        "beside": _beside(site),
        "health_check": _health_check(check),
        "servers": "\n".join(
            f"    server app-{number} {HOST}:{port} {_server_options(check)}".rstrip()
            for number, port in enumerate(site.ports.apps, start=1)
        ),
    }
    text = TEMPLATE.read_text()
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def _bind(site: Site) -> str:
    address = f"bind {HOST}:{site.ports.lb}"
    if site.plan.tls is None:
        return address
    return f"{address} ssl crt {certificates.balancer_file(site)} alpn h2,http/1.1"


def _tls_defaults(tls: Tls | None) -> str:
    if tls is None:
        return ""
    lines = [
        f"    ssl-default-bind-options ssl-min-ver {tls.min_version} no-tls-tickets",
        f"    ssl-default-bind-ciphers {tls.ciphers}",
        f"    ssl-default-bind-ciphersuites {tls.ciphersuites}",
    ]
    return "\n".join(lines)


def _tls_frontend(tls: Tls | None) -> str:
    if tls is None:
        return ""
    lines = ["    http-request set-header X-Forwarded-Proto https"]
    if tls.hsts:
        # After the response: the balancer's own errors carry it too.
        lines.append(f'    http-after-response set-header Strict-Transport-Security "{tls.hsts}"')
    return "\n".join(lines)


def _beside(site: Site) -> str:
    """The plain port, which redirects, and the cache's TLS: the wheel's Valkey is built without."""
    tls = site.plan.tls
    if tls is None:
        return ""
    # A fixed place, never the Host that the client sent: that would redirect to wherever a link says.
    redirect = f"    http-request redirect prefix https://{HOST}:{site.ports.lb} code 308"
    lines = [
        "frontend plain",
        f"    bind {HOST}:{site.ports.plain}",
        redirect if tls.redirect else f"    default_backend {BACKEND}",
        "",
        "listen cache",
        "    mode tcp",
        "    option tcplog",
        f"    bind {HOST}:{site.ports.cache_tls} ssl crt {certificates.balancer_file(site)}",
        "    timeout client 1h",
        "    timeout server 1h",
        f"    server cache {HOST}:{site.ports.cache}",
    ]
    return "\n".join(lines)


async def take_up(site: Site, pem: bytes) -> None:
    """A new certificate for new connections, without a reload: what is open goes on. Raises StackError."""
    file = certificates.balancer_file(site)
    # A restarted balancer reads the file; the running one is told over its socket.
    file.write_bytes(pem)
    said = await ask(socket(site), f"set ssl cert {file} <<\n{pem.decode()}")
    said += await ask(socket(site), f"commit ssl cert {file}")
    if "Success" not in said:
        raise StackError("the balancer did not take up the new certificate", said.strip())


def _health_check(check: HealthCheck | None) -> str:
    if check is None:
        return ""
    send = f"    http-check send meth GET uri {check.path} ver HTTP/1.1 hdr Host lb.local"
    return "\n".join(["    option httpchk", send, "    http-check expect status 200"])


def _server_options(check: HealthCheck | None) -> str:
    if check is None:
        return ""
    fast = max(check.every_ms // 2, 1)
    times = f"inter {check.every_ms}ms fastinter {fast}ms downinter {check.every_ms}ms"
    return f"check {times} fall {check.fall} rise {check.rise} on-marked-down shutdown-sessions"


def socket(site: Site) -> Path:
    return site.work / "lb" / "admin.sock"


async def answers(site: Site) -> bool:
    try:
        return "HAProxy" in await ask(socket(site), "show info")
    except OSError:
        return False


async def sends_to(site: Site, member: str) -> bool:
    """Whether the balancer gives traffic to an instance."""
    try:
        rows = (await ask(socket(site), f"show servers state {BACKEND}")).splitlines()
    except OSError:
        return False
    # Columns by HAProxy's management guide: 4 is the name, 6 the operational state, where 2 is "running".
    return any(row.split()[3] == member and row.split()[5] == "2" for row in rows if len(row.split()) > 6)

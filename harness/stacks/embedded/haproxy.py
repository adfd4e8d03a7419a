"""HAProxy: the balancer in front of the instances, which asks each whether it is ready."""

from pathlib import Path

from harness.sampling.haproxy import ask
from harness.stacks.embedded.binaries import Binary
from harness.stacks.embedded.children import ChildSpec
from harness.stacks.embedded.site import HOST, Site
from harness.stacks.plan import HealthCheck

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
        "host": HOST,
        "port": str(site.ports.lb),
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

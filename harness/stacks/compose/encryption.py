"""TLS within a project: every hop of the guide's system, with certificates of the stack's own authority."""

from pathlib import Path

from harness.stack import Role
from harness.stacks.authority import Authority
from harness.stacks.balancer import Encryption
from harness.stacks.compose.site import Site
from harness.stacks.compose.urls import with_parameters
from harness.stacks.compose.yaml_tags import Service

FOLDER = "/tls"
CA = f"{FOLDER}/ca.pem"
PLAIN = 8081
SELF = ("localhost", "127.0.0.1")

# Postgres takes no key that others could read, whoever they are: a copy of its own. The image starts it as the user
# postgres, where the compose file names no other.
DATABASE_ENTRYPOINT = (
    f"cp {FOLDER}/db.key /tmp/db.key && chmod 600 /tmp/db.key"
    ' && if [ $(id -u) = 0 ]; then chown postgres /tmp/db.key; fi && exec docker-entrypoint.sh "$@"'
).replace("$", "$$")


def write_certificates(authority: Authority, site: Site) -> None:
    """For each server, under all names and addresses by which it is asked."""
    folder = ca_file(site).parent
    folder.mkdir(exist_ok=True)
    authority.write(ca_file(site))
    ca_file(site).chmod(0o644)
    for role in (Role.LB, Role.POOL, Role.DB, Role.CACHE):
        for service in site.file.of(role):
            issue(authority, site, role, service)


def issue(authority: Authority, site: Site, role: Role, service: str, days: float | None = None) -> bytes:
    """A new certificate for a service, in its files; and in one text. As good as the plan says, or for so many days."""
    assert site.plan.tls is not None
    names = (*SELF, service, *site.addresses.all_of(service))
    issued = authority.issue(site.plan.tls.days if days is None else days, *names)
    folder = ca_file(site).parent
    # Read by whoever the container runs as. The authority is trusted by this stack alone, and goes with it.
    for ending, content in (("key", issued.key), ("crt", issued.chain), ("pem", issued.together)):
        file = folder / f"{role}.{ending}"
        file.write_bytes(content)
        file.chmod(0o644)
    return issued.together


def ca_file(site: Site) -> Path:
    return site.work / "tls" / "ca.pem"


def balancer(site: Site) -> Encryption:
    assert site.plan.tls is not None
    return Encryption(tls=site.plan.tls, certificate=f"{FOLDER}/lb.pem", plain_bind=f":{PLAIN}", public_url=site.url)


def pool_options(site: Site) -> dict[str, str]:
    """On both sides of PgBouncer."""
    if site.plan.tls is None:
        return {}
    return {
        "client_tls_sslmode": "require",
        # Not to verify clients, who bring none; but without it the system's are loaded, which an image may not have.
        "client_tls_ca_file": CA,
        "client_tls_protocols": "secure",
        "client_tls_key_file": f"{FOLDER}/pool.key",
        "client_tls_cert_file": f"{FOLDER}/pool.crt",
        "server_tls_sslmode": "verify-full",
        "server_tls_ca_file": CA,
    }


def added(site: Site, role: Role | None, entry: Service) -> Service:
    """What a service needs besides to speak TLS. Its health check, which does not, is the harness's to do."""
    mount = f"{ca_file(site).parent}:{FOLDER}:ro"
    more: Service = {"volumes": [*entry.get("volumes", ()), mount]}
    if role is Role.DB:
        ssl = {"ssl": "on", "ssl_cert_file": f"{FOLDER}/db.crt", "ssl_key_file": "/tmp/db.key"}
        options = [part for key, value in ssl.items() for part in ("-c", f"{key}={value}")]
        more |= {
            "entrypoint": ["sh", "-c", DATABASE_ENTRYPOINT, "--"],
            "command": [*entry["command"], *options],
        }
    elif role is Role.CACHE:
        files = {"cert": f"{FOLDER}/cache.crt", "key": f"{FOLDER}/cache.key", "ca-cert": CA}
        options = [part for name, file in files.items() for part in (f"--tls-{name}-file", file)]
        common = ["redis-server", "--save", "", "--appendonly", "no", "--port", "0", "--tls-port", "6379"]
        more |= {"command": [*common, "--tls-auth-clients", "no", *options], "healthcheck": {"disable": True}}
    elif role in (Role.POOL, Role.LB):
        more["healthcheck"] = {"disable": True}
    return entry | more


def urls(plain: dict[str, str]) -> dict[str, str]:
    """An instance's DATABASE_URL and REDIS_URL, so that it checks whom it talks to."""
    cache = plain.get("REDIS_URL", "").replace("redis://", "rediss://", 1)
    encrypted = {
        "DATABASE_URL": with_parameters(plain.get("DATABASE_URL", ""), sslmode="verify-full", sslrootcert=CA),
        "REDIS_URL": with_parameters(cache, ssl_ca_certs=CA),
    }
    return {name: url for name, url in encrypted.items() if name in plain}

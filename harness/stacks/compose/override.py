"""From a StackPlan to the compose file that is laid over the project's own: what a drill wants, and what the harness
must see. The project's own file stays as it is.
"""

import os
from pathlib import Path
from typing import Any

import yaml

from harness.stack import Role
from harness.stacks import balancer, pooler
from harness.stacks.balancer import Balancer, Server
from harness.stacks.compose import encryption
from harness.stacks.compose.addresses import Addresses
from harness.stacks.compose.site import SOCKET, FileService, Site
from harness.stacks.compose.urls import with_parameters
from harness.stacks.compose.yaml_tags import Dumper, Overridden, OverriddenMap, Service
from harness.stacks.plan import StackPlan
from harness.stacks.pooler import Pooler

WEB_ORIGIN = "https://web.example.test"
LISTENS = 8080
ANNOUNCING = 8082
UPLOADS = "/data/uploads"
SINKS = "/data/sinks"
POOL_FOLDER = "/etc/pgbouncer"
CONSOLE = "pgbouncer"
SMALL_DISK = "uploads-in-memory"
STARTED = {"condition": "service_started"}
COMPLETED = {"condition": "service_completed_successfully"}


def write(site: Site, file: Path) -> None:
    """The override as YAML, and beside it the files that it mounts."""
    document = {"services": services(site), "networks": networks(site.addresses), "volumes": volumes(site.plan)}
    file.write_text(yaml.dump(document, Dumper=Dumper, sort_keys=False))


def networks(addresses: Addresses) -> dict[str, Any]:
    return {name: {"ipam": OverriddenMap(config=[{"subnet": subnet}])} for name, subnet in addresses.subnets.items()}


def volumes(plan: StackPlan) -> dict[str, Any]:
    """A small disk for uploads alone, in memory, where the plan wants one."""
    if plan.uploads_mib is None:
        return {}
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={plan.uploads_mib}m,mode=1777"}
    return {SMALL_DISK: {"driver": "local", "driver_opts": options}}


def services(site: Site) -> dict[str, Service]:
    """What is added to each service of the project's file, or takes the place of a part of it."""
    found: dict[str, Service] = {}
    for name, service in site.file.services.items():
        role = service.role if service.role and name in site.file.of(service.role) else None
        on = {network: {"ipv4_address": site.addresses.of(network, name)} for network in service.networks or {}}
        entry = _by_role(site, name, role) | {"networks": on}
        found[name] = entry if site.plan.tls is None else encryption.added(site, role, entry)
    return found


def _by_role(site: Site, name: str, role: Role | None) -> Service:
    match role:
        case Role.APP:
            return _app(site, name)
        case Role.DB:
            return _database(site)
        case Role.POOL:
            return _pool(site)
        case Role.LB:
            return _balancer(site)
        case Role.SINKS:
            return _sinks(site)
        case _:
            return {}


def _app(site: Site, name: str) -> Service:
    plan, deployed = site.plan, site.deployed.get(name)
    environment = _environment(site, site.file.services[name])
    entry: Service = {
        "image": deployed.image if deployed else site.app_image,
        "environment": environment | ({"APP_VERSION": deployed.version} if deployed else {}),
        "volumes": [f"{site.folder('uploads') if plan.uploads_mib is None else SMALL_DISK}:{UPLOADS}"],
        # Whether all of it serves is for the harness to see: it asks more often than Docker does.
        "depends_on": OverriddenMap(_started(site, Role.POOL, Role.CACHE) | dict.fromkeys(site.one_shots, COMPLETED)),
    }
    if not plan.restarts:
        entry["restart"] = "no"
    if site.is_spoilt:
        entry["command"] = ["python", "-m", "target", site.plan.app_factory]
    return entry | _as_this_user()


def _environment(site: Site, service: FileService) -> dict[str, str]:
    plan = site.plan
    urls = {name: service.environment.get(name) or "" for name in ("DATABASE_URL", "REDIS_URL")}
    limits = {"connection_limit": str(plan.connection_limit), "pool_timeout": str(plan.pool_timeout_s)}
    urls["DATABASE_URL"] = with_parameters(urls["DATABASE_URL"], **limits)
    if plan.tls is not None:
        urls = encryption.urls(urls)
    common = {
        "JWT_SECRET": site.jwt_secret,
        "UPLOAD_KEY": site.upload_key,
        "UPLOAD_DIR": UPLOADS,
        "LOG_LEVEL": "info",
        "ENVIRONMENT": plan.environment,
        "CORS_ORIGINS": WEB_ORIGIN,
        "TRUSTED_PROXIES": ",".join(f"{site.address(name, Role.APP)}/32" for name in site.file.of(Role.LB)),
        "RATE_LIMIT": plan.rate_limit,
        "UPLOAD_RATE_LIMIT": plan.rate_limit,
        "DRAIN_SECONDS": f"{plan.drain_s:g}",
    }
    return urls | common | plan.app_environment


def _database(site: Site) -> Service:
    settings = [part for key, value in site.plan.postgres.items() for part in ("-c", f"{key}={value}")]
    return {"command": ["postgres", *settings]}


def _pool(site: Site) -> Service:
    (database,) = site.file.of(Role.DB)
    config = pooler.render(
        Pooler(
            listen="0.0.0.0",
            port=6432,
            database=site.database,
            host=database,
            database_port=5432,
            users=f"{POOL_FOLDER}/userlist.txt",
            admin=CONSOLE,
            options=encryption.pool_options(site) | site.plan.pgbouncer,
        )
    )
    return {"volumes": [f"{_kept(site, 'pgbouncer.ini', config)}:{POOL_FOLDER}/pgbouncer.ini:ro"]}


def _balancer(site: Site) -> Service:
    plan = site.plan
    config = balancer.render(
        Balancer(
            socket=f"/run/haproxy/{SOCKET}",
            socket_mode="666",
            bind=f":{LISTENS}",
            servers=tuple(Server(name, f"{name}:4000") for name in site.file.of(Role.APP)),
            check=plan.health_check,
            balance=plan.balance,
            encryption=encryption.balancer(site) if plan.tls else None,
            resolver=True,
            announcing_bind=f":{ANNOUNCING}",
        )
    )
    ports = [f"127.0.0.1:{site.ports.lb}:{LISTENS}", f"127.0.0.1:{site.ports.announcing}:{ANNOUNCING}"]
    if plan.tls is not None:
        ports.append(f"127.0.0.1:{site.ports.plain}:{encryption.PLAIN}")
    return {
        "volumes": [
            f"{_kept(site, 'haproxy.cfg', config)}:/usr/local/etc/haproxy/haproxy.cfg:ro",
            f"{site.folder('lb')}:/run/haproxy",
        ],
        "ports": Overridden(ports),
        "depends_on": OverriddenMap(dict.fromkeys(site.apps, STARTED)),
    }


def _started(site: Site, *roles: Role) -> dict[str, Any]:
    return {name: STARTED for role in roles for name in site.file.of(role)}


def _sinks(site: Site) -> Service:
    folder = site.run_folder / "sinks"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    mounted = f"{folder.absolute()}:{SINKS}"
    return {"volumes": [mounted], "environment": {"SINKS_FOLDER": SINKS}} | _as_this_user()


def _as_this_user() -> Service:
    """What a container writes must be readable here. Root reads all, and a container should not be root."""
    return {} if os.geteuid() == 0 else {"user": f"{os.geteuid()}:{os.getegid()}"}


def _kept(site: Site, name: str, text: str) -> Path:
    file = site.work / name
    file.write_text(text)
    file.chmod(0o644)
    return file

"""From a StackPlan to the compose file that is laid over the project's own: what a drill wants, and what the harness
must see. The project's own file stays as it is.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from harness.stack import Hop, Role
from harness.stacks import application, balancer, pooler
from harness.stacks.balancer import Balancer, Server
from harness.stacks.compose import encryption
from harness.stacks.compose.inside import CONSOLE, CONSOLE_PASSWORD
from harness.stacks.compose.replicas import of_one
from harness.stacks.compose.site import SOCKET, FileService, Resource, Site
from harness.stacks.compose.urls import at, has_parameter, with_parameters
from harness.stacks.compose.yaml_tags import Dumper, Overridden, OverriddenMap, Reset, Service
from harness.stacks.pooler import Pooler

ANNOUNCING = 8082
METRICS = 8405
"""Of the balancer, for Prometheus."""
UPLOADS = "/data/uploads"
SINKS = "/data/sinks"
POOL_FOLDER = "/etc/pgbouncer"
USERS = "users-of-the-harness.txt"
HAPROXY_CONFIG = "/usr/local/etc/haproxy/haproxy.cfg"
SMALL_DISK = "uploads-in-memory"
ASKED_OVER = {
    Hop.APP_POOL: ("DATABASE_URL",),
    Hop.APP_CACHE: ("REDIS_URL",),
    Hop.APP_UPSTREAM: ("UPSTREAM_URL",),
    Hop.APP_SINKS: ("SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT", "PROMETHEUS_PUSH_GATEWAY"),
}
"""The variables by which an instance knows the server of a hop."""
STARTED = {"condition": "service_started"}


def write(site: Site, file: Path) -> None:
    """The override as YAML, and beside it the files that it mounts."""
    document = {"services": services(site), "networks": networks(site), "volumes": volumes(site)}
    file.write_text(yaml.dump(document, Dumper=Dumper, sort_keys=False))


def networks(site: Site) -> dict[str, Any]:
    return {
        name: {"ipam": OverriddenMap(config=[{"subnet": subnet}])} | _own_name(site, name, site.file.networks[name])
        for name, subnet in site.addresses.subnets.items()
    }


def volumes(site: Site) -> dict[str, Any]:
    """A small disk for uploads alone, in memory, where the plan wants one."""
    found = {name: own for name, it in site.file.volumes.items() if (own := _own_name(site, name, it))}
    if site.plan.uploads_mib is None:
        return found
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={site.plan.uploads_mib}m,mode=1777"}
    return found | {SMALL_DISK: {"driver": "local", "driver_opts": options}}


def _own_name(site: Site, name: str, resource: Resource) -> dict[str, str]:
    """With a name that the file gives it, it would be the one that another project with this file uses."""
    own = f"{site.project}_{name}"
    return {} if resource.name in ("", own) else {"name": own}


def services(site: Site) -> dict[str, Service]:
    """What is added to each service of the project's file, or takes the place of a part of it."""
    found: dict[str, Service] = {}
    for name, service in site.file.services.items():
        role = service.role if service.role and name in site.file.of(service.role) else None
        entry = _apart(service) | _by_role(site, name, role) | {"networks": _networks(site, name, service)}
        entry = entry if site.plan.tls is None else encryption.added(site, role, entry)
        extended: Service = {"extends": {"file": str(site.original), "service": service.like}} if service.like else {}
        found[name] = extended | entry
    return found


def _networks(site: Site, name: str, service: FileService) -> Service:
    """Its address, and the names that it has besides its service's: an instance is found by its own, and as a replica
    of another also by that one's.
    """
    aliases = [site.member(name)] if service.role is Role.APP else []
    aliases = [alias for alias in (*aliases, service.like) if alias not in ("", name)]
    return {
        network: {"ipv4_address": site.addresses.of(network, name)} | ({"aliases": aliases} if aliases else {})
        for network in service.networks or {}
    }


def _apart(service: FileService) -> Service:
    """What keeps it apart from another project that is made of the same file, and may be running."""
    entry: Service = of_one(service)
    if service.ports:
        entry["ports"] = Overridden()
    if service.container_name:
        entry["container_name"] = Reset()
    if service.role in (Role.DB, Role.CACHE):
        # In place of a folder of this machine, where the data of the people are who wrote the file.
        written = [mount.target for mount in service.volumes if mount.type == "bind" and not mount.read_only]
        entry |= {"volumes": [{"type": "volume", "target": target} for target in written]} if written else {}
    return entry


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
    environment = _environment(site, site.file.services[name]) | {"INSTANCE_NAME": site.member(name)}
    entry: Service = {
        "image": deployed.image if deployed else site.app_image,
        "environment": environment | ({"APP_VERSION": deployed.version} if deployed else {}),
        "volumes": _uploads(site, site.file.services[name]),
        # Whether all of it serves is for the harness to see: it asks more often than Docker does.
        "depends_on": OverriddenMap(_depends_on(site, site.file.services[name])),
    }
    if not plan.restarts:
        entry["restart"] = "no"
    if site.is_spoilt:
        entry["command"] = ["python", "-m", "target", site.plan.app_factory]
    return entry | _as_this_user()


def _uploads(site: Site, service: FileService) -> list[str]:
    """Where this machine sees what is uploaded, or on a disk that is soon full."""
    if site.plan.uploads_mib is not None:
        return [f"{SMALL_DISK}:{UPLOADS}"]
    return [f"{site.folder('uploads')}:{UPLOADS}"] if "UPLOAD_DIR" in service.environment else []


def _environment(site: Site, service: FileService) -> dict[str, str]:
    """What a variable of the service's own says. None is added but what the drill itself wants: an application that is
    not the target would not know it, or take it for something else.
    """
    plan = site.plan
    urls = {name: url for name in ("DATABASE_URL", "REDIS_URL") if (url := service.environment.get(name))}
    limits = {"connection_limit": str(plan.connection_limit), "pool_timeout": str(plan.pool_timeout_s)}
    for name, value in limits.items():
        if has_parameter(urls.get("DATABASE_URL", ""), name):
            urls["DATABASE_URL"] = with_parameters(urls["DATABASE_URL"], **{name: value})
    if plan.tls is not None:
        urls = encryption.urls(urls)
    places = {
        "UPLOAD_DIR": UPLOADS,
        "TRUSTED_PROXIES": ",".join(f"{site.address(name, Role.APP)}/32" for name in site.file.of(Role.LB)),
    }
    common = places | application.environment(plan, site.jwt_secret, site.upload_key)
    own = {name: value for name, value in common.items() if name in service.environment}
    return urls | _detours(site, service, urls) | own | plan.app_environment


def _detours(site: Site, service: FileService, urls: dict[str, str]) -> dict[str, str]:
    """What an instance asks over the fault proxy."""
    return {
        name: at(urls.get(name) or service.environment[name] or "", site.door(hop))
        for hop in site.plan.hops
        for name in ASKED_OVER.get(hop, ())
        if service.environment.get(name)
    }


def _database(site: Site) -> Service:
    """The server as the file starts it, of whose settings the plan's are the last, and so count."""
    (name,) = site.file.of(Role.DB)
    settings = [part for key, value in site.plan.postgres.items() for part in ("-c", f"{key}={value}")]
    started = site.file.services[name].command or []
    known = bool(started) and (started[0] == "postgres" or started[0].startswith("-"))
    return {"command": [*(started if known else ["postgres"]), *settings]}


def _pool(site: Site) -> Service:
    (database,) = site.file.of(Role.DB)
    (name,) = site.file.of(Role.POOL)
    users = _users(site, site.file.services[name])
    direct = (database, site.file.services[database].port)
    host, port = site.door(Hop.POOL_DB) if Hop.POOL_DB in site.plan.hops else direct
    config = pooler.render(
        Pooler(
            listen="0.0.0.0",
            port=site.file.services[name].port,
            database=site.database,
            host=host,
            database_port=port,
            users=f"{POOL_FOLDER}/{USERS if users else 'userlist.txt'}",
            admin=CONSOLE,
            options=encryption.pool_options(site) | site.plan.pgbouncer,
            modes=site.plan.pool_modes,
        )
    )
    mounts = [f"{_kept(site, 'pgbouncer.ini', config)}:{POOL_FOLDER}/pgbouncer.ini:ro"]
    entry: Service = {"command": ["pgbouncer", f"{POOL_FOLDER}/pgbouncer.ini"]}
    if users:
        text = "".join(f'"{user}" "{password}"\n' for user, password in users.items())
        mounts.append(f"{_kept(site, USERS, text)}:{POOL_FOLDER}/{USERS}:ro")
        entry["environment"] = {CONSOLE_PASSWORD: users[CONSOLE]}
    return entry | {"volumes": mounts}


def _users(site: Site, pool: FileService) -> dict[str, str]:
    """The application's, and the console's, where the image does not make them from its environment as ours does."""
    if pool.environment.get(CONSOLE_PASSWORD):
        return {}
    url = urlsplit(site.file.services[site.file.of(Role.APP)[0]].environment.get("DATABASE_URL") or "")
    # Not what is secret, but what is known here: whoever asks the console is in the network already.
    return {unquote(url.username or ""): unquote(url.password or ""), CONSOLE: site.project}


def _balancer(site: Site) -> Service:
    plan = site.plan
    listens = site.file.services[site.file.of(Role.LB)[0]].port
    config = balancer.render(
        Balancer(
            socket=f"/run/haproxy/{SOCKET}",
            socket_mode="666",
            bind=f":{listens}",
            servers=tuple(
                Server(site.member(name), f"{site.member(name)}:{site.file.services[name].port}")
                for name in site.file.of(Role.APP)
            ),
            check=plan.health_check,
            balance=plan.balance,
            encryption=encryption.balancer(site) if plan.tls else None,
            resolver=True,
            announcing_bind=f":{ANNOUNCING}",
            metrics_bind=f":{METRICS}" if plan.alarms is not None else None,
        )
    )
    ports = [f"127.0.0.1:{site.ports.lb}:{listens}", f"127.0.0.1:{site.ports.announcing}:{ANNOUNCING}"]
    if plan.tls is not None:
        ports.append(f"127.0.0.1:{site.ports.plain}:{encryption.PLAIN}")
    return {
        # As the image does by itself, whatever the file has it do.
        "command": ["haproxy", "-f", HAPROXY_CONFIG],
        "volumes": [
            f"{_kept(site, 'haproxy.cfg', config)}:{HAPROXY_CONFIG}:ro",
            f"{site.folder('lb')}:/run/haproxy",
        ],
        "ports": Overridden(ports),
        "depends_on": OverriddenMap(dict.fromkeys(site.apps, STARTED)),
    }


def _depends_on(site: Site, service: FileService) -> dict[str, Any]:
    """As in the file, but that nothing has to be healthy that an instance waits for by itself."""
    others = site.file.services
    return {
        name: STARTED if others[name].role in (Role.POOL, Role.CACHE) else {"condition": how["condition"]}
        for name, how in service.depends_on.items()
        if name in others
    }


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

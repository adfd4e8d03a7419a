"""What the harness lays over a project's compose file, and the addresses that it chooses for it."""

import ipaddress
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from harness.errors import StackError
from harness.stack import Hop, Role
from harness.stacks.authority import Authority
from harness.stacks.compose import encryption, override
from harness.stacks.compose.addresses import Addresses, choose
from harness.stacks.compose.site import Ports, ProjectFile, Release, Site
from harness.stacks.plan import HealthCheck, StackPlan, Tls

NETWORKS: dict[str, Any] = {"web": {}, "pool": {}, "cache": {}, "store": {}}
APP: dict[str, Any] = {
    "labels": {"harness.role": "app"},
    "image": "shop:1",
    "environment": {
        "DATABASE_URL": "postgresql://app:secret@pooler:6432/shop?sslmode=prefer&connection_limit=9",
        "REDIS_URL": "redis://kv:6379/0",
        "RATE_LIMIT": "100/minute",
        "TRUSTED_PROXIES": "",
    },
    "networks": {"web": None, "pool": None, "cache": None},
}
FILE = msgspec.convert(
    {
        "networks": NETWORKS,
        "services": {
            "app-1": APP,
            "app-2": APP,
            "app-3": APP,
            "app-4": APP | {"profiles": ["scale"]},
            "front": {"labels": {"harness.role": "lb"}, "networks": {"web": None}},
            "other-front": {"labels": {"harness.role": "lb"}, "networks": {"web": None}, "profiles": ["nginx"]},
            "pooler": {"labels": {"harness.role": "pool"}, "networks": {"pool": None, "store": None}},
            "sql": {"labels": {"harness.role": "db"}, "networks": {"store": None}},
            "kv": {"labels": {"harness.role": "cache"}, "networks": {"cache": None}},
            "telemetry": {"labels": {"harness.role": "sinks"}, "image": "harness:1", "networks": {"web": None}},
            "migrate": {"networks": {"store": None}},
        },
    },
    ProjectFile,
)


def site(tmp_path: Path, plan: StackPlan, **deployed: Release) -> Site:
    (tmp_path / "run").mkdir(exist_ok=True)
    return Site(
        project="shop",
        original=tmp_path / "docker-compose.yml",
        plan=plan,
        file=FILE,
        addresses=Addresses(FILE.on, ipaddress.IPv4Network("10.9.8.0/24")),
        work=tmp_path,
        run_folder=tmp_path / "run",
        ports=Ports(18080, 18081, 18082, 18083),
        jwt_secret="a secret",
        upload_key="a key",
        deployed={name.replace("_", "-"): release for name, release in deployed.items()},
    )


def written(tmp_path: Path, plan: StackPlan, **deployed: Release) -> dict[str, Any]:
    class Loader(yaml.SafeLoader):
        """Takes `!override` for what it stands before."""

    def plain(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        assert isinstance(node, yaml.SequenceNode)
        return loader.construct_sequence(node, deep=True)

    Loader.add_constructor("!override", plain)
    file = tmp_path / "override.yml"
    override.write(site(tmp_path, plan, **deployed), file)
    document = yaml.load(file.read_text(), Loader)
    services: dict[str, Any] = document["services"]
    return services


def test_every_service_has_an_address_of_its_own_on_each_of_its_networks(tmp_path: Path) -> None:
    services = written(tmp_path, StackPlan())
    given = [on["ipv4_address"] for entry in services.values() for on in entry["networks"].values()]
    assert len(given) == len(set(given)) == sum(map(len, FILE.on.values()))


def test_instances_take_the_plans_settings_and_trust_the_balancer_alone(tmp_path: Path) -> None:
    plan = StackPlan(rate_limit="7/minute", connection_limit=3, app_environment={"AI_RETRY_TIMES": "1"})
    services = written(tmp_path, plan)
    environment = services["app-2"]["environment"]
    assert environment["RATE_LIMIT"] == "7/minute"
    assert environment["AI_RETRY_TIMES"] == "1"
    assert environment["TRUSTED_PROXIES"] == f"{services['front']['networks']['web']['ipv4_address']}/32"
    assert environment["DATABASE_URL"].startswith("postgresql://app:secret@pooler:6432/shop?")
    assert "connection_limit=3" in environment["DATABASE_URL"]
    assert "sslmode=prefer" in environment["DATABASE_URL"]
    assert services["app-2"]["image"] == "shop:1"


def test_an_application_of_somebody_else_s_gets_no_variable_that_its_file_does_not_name(tmp_path: Path) -> None:
    environment = written(tmp_path, StackPlan())["app-1"]["environment"]
    assert set(environment) == {"DATABASE_URL", "REDIS_URL", "RATE_LIMIT", "TRUSTED_PROXIES", "INSTANCE_NAME"}
    # A driver that does not know this parameter refuses the URL.
    assert "pool_timeout" not in environment["DATABASE_URL"]


@pytest.mark.parametrize(
    ("written_so", "begins"),
    [
        (None, ["postgres", "-c"]),
        (["-c", "shared_preload_libraries=timescaledb"], ["-c", "shared_preload_libraries=timescaledb", "-c"]),
        (["postgres", "-c", "jit=off"], ["postgres", "-c", "jit=off", "-c"]),
        (["sh", "-c", "exec postgres"], ["postgres", "-c"]),
    ],
)
def test_the_database_keeps_its_own_settings_and_the_plans_are_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written_so: list[str] | None, begins: list[str]
) -> None:
    sql = msgspec.structs.replace(FILE.services["sql"], command=written_so)
    file = msgspec.structs.replace(FILE, services=FILE.services | {"sql": sql})
    monkeypatch.setattr(sys.modules[__name__], "FILE", file)
    command = written(tmp_path, StackPlan(postgres={"max_connections": "77"}))["sql"]["command"]
    assert command[: len(begins)] == begins
    assert command[-2:] == ["-c", "max_connections=77"]


def test_a_defect_runs_from_the_image_that_holds_it(tmp_path: Path) -> None:
    services = written(tmp_path, StackPlan(app_factory="chaos.defects.slow_feed:spoilt_app"))
    assert services["app-1"]["image"] == "harness:1"
    assert services["app-1"]["command"][-1] == "chaos.defects.slow_feed:spoilt_app"


def test_the_balancer_is_configured_as_the_plan_says(tmp_path: Path) -> None:
    written(tmp_path, StackPlan(health_check=HealthCheck(path="/health/live", every_ms=500)))
    config = (tmp_path / "haproxy.cfg").read_text()
    assert "uri /health/live" in config
    assert "inter 500ms" in config
    assert "server app-4 app-4:4000" in config
    written(tmp_path, StackPlan(health_check=None))
    assert "check inter" not in (tmp_path / "haproxy.cfg").read_text()


def test_the_pooler_takes_the_plans_numbers(tmp_path: Path) -> None:
    written(tmp_path, StackPlan(pgbouncer={"default_pool_size": "7"}))
    config = (tmp_path / "pgbouncer.ini").read_text()
    assert "default_pool_size = 7" in config
    assert "shop = host=sql port=5432 dbname=shop" in config


def test_who_is_asked_over_the_fault_proxy_is_asked_at_this_machine_s_address_on_the_network(tmp_path: Path) -> None:
    hops = (Hop.APP_POOL, Hop.POOL_DB)
    services = written(tmp_path, StackPlan(hops=hops))
    subnets = Addresses(FILE.on, ipaddress.IPv4Network("10.9.8.0/24")).subnets
    gateways = {name: next(ipaddress.IPv4Network(subnet).hosts()) for name, subnet in subnets.items()}
    doors = {hop: site(tmp_path, StackPlan()).door(hop) for hop in hops}
    assert [host for host, _ in doors.values()] == [str(gateways["pool"]), str(gateways["store"])]
    assert len({port for _, port in doors.values()}) == len(hops)
    host, port = doors[Hop.APP_POOL]
    assert services["app-1"]["environment"]["DATABASE_URL"].startswith(f"postgresql://app:secret@{host}:{port}/shop?")
    assert services["app-1"]["environment"]["REDIS_URL"] == "redis://kv:6379/0"
    host, port = doors[Hop.POOL_DB]
    assert f"shop = host={host} port={port} dbname=shop" in (tmp_path / "pgbouncer.ini").read_text()
    behind = site(tmp_path, StackPlan()).behind(Hop.POOL_DB)
    assert behind == (services["sql"]["networks"]["store"]["ipv4_address"], 5432)


def test_a_hop_between_services_that_share_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="shares no network"):
        site(tmp_path, StackPlan()).door(Hop.APP_UPSTREAM)


def test_fewer_instances_are_waited_for_and_started(tmp_path: Path) -> None:
    found = site(tmp_path, StackPlan(instances=1))
    assert found.apps == ["app-1"]
    assert found.wanted == ["kv", "migrate", "pooler", "sql", "telemetry", "app-1", "front"]
    assert list(written(tmp_path, StackPlan(instances=1))["front"]["depends_on"]) == ["app-1"]


def test_a_deployed_version_has_its_image_and_says_its_name(tmp_path: Path) -> None:
    services = written(tmp_path, StackPlan(), app_2=Release("shop:2", "2.0"))
    assert services["app-2"]["image"] == "shop:2"
    assert services["app-2"]["environment"]["APP_VERSION"] == "2.0"
    assert services["app-1"]["image"] == "shop:1"


def test_with_tls_every_hop_is_encrypted_and_checked(tmp_path: Path) -> None:
    plan = StackPlan(tls=Tls(), environment="production")
    encryption.write_certificates(Authority(), site(tmp_path, plan))
    services = written(tmp_path, plan)
    environment = services["app-1"]["environment"]
    assert environment["DATABASE_URL"].count("sslmode=") == 1
    assert "sslmode=verify-full" in environment["DATABASE_URL"]
    assert "sslrootcert=/tls/ca.pem" in environment["DATABASE_URL"]
    assert environment["REDIS_URL"] == "rediss://kv:6379/0?ssl_ca_certs=/tls/ca.pem"
    assert "server_tls_sslmode = verify-full" in (tmp_path / "pgbouncer.ini").read_text()
    assert "ssl=on" in services["sql"]["command"]
    assert "--tls-port" in services["kv"]["command"]
    assert {"ca.pem", "lb.pem", "db.key", "cache.crt", "pool.crt"} <= {
        file.name for file in (tmp_path / "tls").iterdir()
    }


class FakeNetworks:
    def __init__(self, *subnets: str) -> None:
        self.networks = self
        self._subnets = subnets

    def list(self) -> list[Any]:
        class Network:
            def __init__(self, subnet: str) -> None:
                self.attrs = {"IPAM": {"Config": [{"Subnet": subnet}]}}

        return [Network(subnet) for subnet in self._subnets]


def test_addresses_are_chosen_where_no_network_is() -> None:
    taken = ipaddress.IPv4Network("10.0.0.0/9")
    for _ in range(20):
        chosen = choose(FakeNetworks(str(taken)), FILE.on)  # type: ignore[arg-type]
        subnets = [ipaddress.IPv4Network(subnet) for subnet in chosen.subnets.values()]
        assert not any(taken.overlaps(subnet) for subnet in subnets)
        assert len(set(subnets)) == len(FILE.on)


def test_a_role_is_reached_over_the_network_that_it_shares() -> None:
    addresses = Addresses(FILE.on, ipaddress.IPv4Network("10.9.8.0/24"))
    assert addresses.of("pool", "pooler") in addresses.all_of("pooler")
    assert FILE.of(Role.LB) == ["front"]
    with pytest.raises(KeyError):
        addresses.of("cache", "sql")

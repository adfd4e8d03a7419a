"""docker-compose.yml, read by Compose: who is there, what each may do, and whether the drills test the same system."""

import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from harness.settings import ServerPaths
from harness.stack import Role
from harness.stacks import balancer, pooler
from harness.stacks.balancer import Balancer, Server
from harness.stacks.embedded import app
from harness.stacks.embedded.site import Ports, Site
from harness.stacks.plan import StackPlan
from harness.stacks.pooler import Pooler
from harness.tools import find
from harness.tools.dockerfile import stages
from harness.tools.run import run
from target.settings import Settings
from tests.deploy.composed import FILE, ROOT, Service, compose, resolved, services

ALL = ("scale", "nginx", "observability")
LONG_RUNNING = ("lb", "app-1", "app-2", "app-3", "pgbouncer", "postgres", "redis", "upstream", "sinks")
BY_PROFILE = {
    "scale": {"app-4", "app-5", "app-6"},
    "nginx": {"lb-nginx"},
    "observability": {"prometheus", "alertmanager", "pushgateway"},
}


@cache
def every_service() -> dict[str, Service]:
    return services(*ALL)


@cache
def networks_of(service: str) -> frozenset[str]:
    return frozenset(every_service()[service]["networks"])


def long_running() -> dict[str, Service]:
    return {name: service for name, service in every_service().items() if name != "migrate"}


def test_alone_it_is_the_system_and_nothing_else() -> None:
    assert set(services()) == {*LONG_RUNNING, "migrate"}


@pytest.mark.parametrize("profile", ALL)
def test_a_profile_adds_what_it_is_for(profile: str) -> None:
    assert set(services(profile)) - set(services()) == BY_PROFILE[profile]


def test_the_members_are_told_by_label() -> None:
    labels = {name: service.get("labels", {}).get("harness.role") for name, service in every_service().items()}
    assert {name for name, label in labels.items() if label is None} == {"migrate", *BY_PROFILE["observability"]}
    assert {label for label in labels.values() if label} == {role.value for role in Role}
    assert [name for name, label in sorted(labels.items()) if label == "app"] == [f"app-{n}" for n in range(1, 7)]


# -- images -------------------------------------------------------------------------------------------------


def test_every_image_can_be_chosen() -> None:
    variables = {name: f"chosen/{name.lower()}" for name in re.findall(r"\$\{(\w+_IMAGE)\b", FILE.read_text())}
    images = {name: service["image"] for name, service in services(*ALL, variables=variables).items()}
    assert set(images.values()) == {f"chosen/{name.lower()}" for name in variables if name != "PYTHON_IMAGE"}


def test_every_image_has_a_version() -> None:
    for name, service in every_service().items():
        assert re.fullmatch(r"[\w./-]+:(?!latest)[\w.-]+", service["image"]), name


def test_the_base_is_the_one_of_the_dockerfile() -> None:
    # Once for Docker alone, and once for Compose.
    default = re.search(r"^ARG BASE=(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert default is not None
    bases = {service["build"]["args"]["BASE"] for service in every_service().values() if "build" in service}
    assert bases == {default[1]}


def test_the_harness_image_is_built_like_the_targets() -> None:
    ours, targets = (stages((ROOT / file).read_text()) for file in ("deploy/images/harness/Dockerfile", "Dockerfile"))
    for mine, its in zip(ours, targets, strict=True):
        assert mine.environment() == its.environment()
        assert mine.last("USER") == its.last("USER")
    runs = [[rest for name, rest in found[0].instructions if name == "RUN"] for found in (ours, targets)]
    assert runs[0] == runs[1]


def test_dockerfiles_pass_the_linter() -> None:
    files = sorted(map(str, (ROOT / "deploy/images").glob("*/Dockerfile")))
    # Stand-ins take whatever version Debian has.
    linted = run([find.script("hadolint").path, "--no-color", "--ignore", "DL3008", *files], ROOT)
    assert (linted.status, linted.text) == (0, "")


# -- what each may do ---------------------------------------------------------------------------------------


def test_only_the_balancer_can_be_reached_and_only_from_this_machine() -> None:
    published = {name: service["ports"] for name, service in every_service().items() if service.get("ports")}
    assert set(published) == {"lb", "lb-nginx"}
    for (port,) in published.values():
        assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "8080", 8080)
    assert services(variables={"LB_PORT": "9999"})["lb"]["ports"][0]["published"] == "9999"


@pytest.mark.parametrize("name", [*LONG_RUNNING, "migrate", *sorted(set().union(*BY_PROFILE.values()))])
def test_every_container_is_held_in_check(name: str) -> None:
    service = every_service()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    uid, gid = service["user"].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    limits = service["deploy"]["resources"]["limits"]
    assert (limits["cpus"], int(limits["memory"])) == (0.5, 1024**3)


@pytest.mark.parametrize("name", [*LONG_RUNNING, *sorted(set().union(*BY_PROFILE.values()))])
def test_every_server_is_asked_for_its_health_and_comes_back(name: str) -> None:
    service = every_service()[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["stop_grace_period"]


def test_limits_and_requests_are_those_of_the_manifests() -> None:
    manifest = yaml.safe_load((ROOT / "deploy/kubernetes/base/deployment.yaml").read_text())
    resources = manifest["spec"]["template"]["spec"]["containers"][0]["resources"]
    assert resources == {"requests": {"memory": "512Mi", "cpu": "250m"}, "limits": {"memory": "1Gi", "cpu": "500m"}}
    here = every_service()["app-1"]["deploy"]["resources"]
    assert (here["reservations"]["cpus"], int(here["reservations"]["memory"])) == (0.25, 512 * 1024**2)


LINKS = {
    ("lb", "app-1"): {"web"},
    ("lb-nginx", "app-1"): {"web"},
    ("app-1", "pgbouncer"): {"pool"},
    ("pgbouncer", "postgres"): {"store"},
    ("migrate", "postgres"): {"store"},
    ("app-1", "redis"): {"cache"},
    ("app-1", "upstream"): {"upstream"},
    ("app-1", "sinks"): {"telemetry"},
    ("app-1", "postgres"): set(),
    ("app-1", "migrate"): set(),
    ("lb", "pgbouncer"): set(),
    ("lb", "redis"): set(),
    ("lb", "sinks"): set(),
    ("redis", "postgres"): set(),
}


@pytest.mark.parametrize(("one", "other"), LINKS)
def test_each_link_has_a_network_and_no_two_share_one(one: str, other: str) -> None:
    assert networks_of(one) & networks_of(other) == LINKS[one, other]


def test_only_the_balancers_network_leads_out() -> None:
    networks = resolved(*ALL)["networks"]
    assert [name for name, network in networks.items() if not network.get("internal")] == ["edge"]
    assert {name for name in every_service() if "edge" in networks_of(name)} == {"lb", "lb-nginx"}


# -- the same system as the embedded one --------------------------------------------------------------------


def directives(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [" ".join(line.split()).removesuffix(" =") for line in lines if line and line[0] not in "#;"]


def test_haproxy_is_the_one_that_the_drills_test_with_a_page_for_prometheus() -> None:
    tested = balancer.render(
        Balancer(
            socket="/run/haproxy/admin.sock",
            socket_mode="666",
            bind=":8080",
            servers=tuple(Server(f"app-{number}", f"app-{number}:4000") for number in range(1, 7)),
            check=StackPlan().health_check,
            resolver=True,
        )
    )
    here, metrics = (ROOT / "deploy/compose/haproxy.cfg").read_text().split("frontend metrics")
    assert directives(here) == directives(tested)
    assert "prometheus-exporter" in metrics


def test_pgbouncer_is_the_one_that_the_drills_test() -> None:
    tested = pooler.render(
        Pooler(
            listen="0.0.0.0",
            port=6432,
            database="quemiai",
            host="postgres",
            database_port=5432,
            users="/etc/pgbouncer/userlist.txt",
            admin="pgbouncer",
            options=StackPlan().pgbouncer,
        )
    )
    assert directives((ROOT / "deploy/compose/pgbouncer.ini").read_text()) == directives(tested)


def test_instances_have_every_variable_that_the_embedded_ones_have(tmp_path: Path) -> None:
    site = Site(StackPlan(), ServerPaths(), tmp_path, tmp_path, Ports(1, 2, 3, 4, (5,)), jwt_secret="")
    embedded = set(app.spec(site, 1, pooled=True).environment)
    # What the image sets itself.
    embedded -= {"HOST", "PORT", "APP_VERSION"}
    for number in range(1, 7):
        environment = every_service()[f"app-{number}"]["environment"]
        assert embedded <= set(environment)
        assert environment["INSTANCE_NAME"] == f"app-{number}"


def test_the_environment_is_a_configuration_that_starts() -> None:
    service = every_service()["app-1"]
    settings = Settings.from_environment(
        stages((ROOT / "Dockerfile").read_text())[-1].environment() | service["environment"]
    )
    plan = StackPlan()
    assert settings.environment == "development"
    assert settings.database.connection_limit == plan.connection_limit
    # The balancer is trusted, whatever the network's addresses are.
    (web,) = resolved()["networks"]["web"]["ipam"]["config"]
    assert [str(network) for network in settings.trusted_proxies] == [web["subnet"]]
    chosen = resolved(variables={"WEB_SUBNET": "10.9.8.0/27"})
    assert chosen["networks"]["web"]["ipam"]["config"] == [{"subnet": "10.9.8.0/27"}]
    assert chosen["services"]["app-1"]["environment"]["TRUSTED_PROXIES"] == "10.9.8.0/27"


def test_whoever_migrates_is_not_who_serves() -> None:
    urls = {name: every_service()[name]["environment"]["DATABASE_URL"] for name in ("migrate", "app-1")}
    assert re.match(r"postgresql://owner:[^@]+@postgres:5432/quemiai$", urls["migrate"])
    assert re.match(r"postgresql://app:[^@]+@pgbouncer:6432/quemiai\?", urls["app-1"])


def test_passwords_come_from_variables() -> None:
    secrets = (
        "DB_PASSWORD",
        "DB_OWNER_PASSWORD",
        "POSTGRES_PASSWORD",
        "PGBOUNCER_ADMIN_PASSWORD",
        "JWT_SECRET",
        "UPLOAD_KEY",
    )
    text = compose("config", variables={name: f"chosen-{name.lower()}" for name in secrets})
    for name in secrets:
        assert f"chosen-{name.lower()}" in text
    assert "development-" not in text.replace("readiness", "")


def test_prometheus_evaluates_the_rules_that_are_shipped() -> None:
    rules = {mount["target"]: mount["source"] for mount in every_service()["prometheus"]["volumes"]}
    assert rules["/etc/prometheus/alerts.yml"] == str(ROOT / "deploy/prometheus/alerts.yml")
    here, shipped = (
        yaml.safe_load((ROOT / f"deploy/{folder}/prometheus.yml").read_text()) for folder in ("compose", "prometheus")
    )
    # The alerts count on these names and times.
    assert here["global"] == shipped["global"]
    jobs = {job["job_name"] for job in shipped["scrape_configs"]} - {"certificates"}
    assert {job["job_name"] for job in here["scrape_configs"]} == jobs

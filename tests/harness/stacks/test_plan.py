"""The balancer's configuration, as planned: HAProxy itself must find it valid."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from chaos.defects.no_health_checks import DEFECT
from harness.settings import ServerPaths
from harness.stacks.embedded import binaries, haproxy
from harness.stacks.embedded.site import Ports, Site
from harness.stacks.plan import HealthCheck, StackPlan
from tests.servers import work_folder

PORTS = Ports(lb=18080, db=15432, pool=16432, cache=16379, apps=(18101, 18102, 18103))
PLANS = {
    "asks": StackPlan(),
    "asks otherwise": StackPlan(health_check=HealthCheck(path="/health/live", every_ms=1, fall=3, rise=1)),
    "never asks": DEFECT.spoil(StackPlan()),
    "opens the port": StackPlan(health_check=HealthCheck(path=None)),
    "cuts off what drains": StackPlan(health_check=HealthCheck(drains=False)),
    "takes turns": StackPlan(balance="roundrobin"),
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket's path."""
    folder = work_folder("lb")
    yield folder
    shutil.rmtree(folder)


def site(plan: StackPlan, folder: Path = Path("stack")) -> Site:
    return Site(plan, ServerPaths(), folder, folder, PORTS, "secret")


def test_every_instance_is_a_server_with_its_check() -> None:
    text = haproxy.render(site(StackPlan()))
    options = "check inter 200ms fastinter 100ms downinter 200ms fall 2 rise 2 on-marked-down shutdown-sessions"
    servers = [line.strip() for line in text.splitlines() if line.strip().startswith("server ")]
    assert servers == [f"server app-{number} 127.0.0.1:1810{number} {options}" for number in (1, 2, 3)]
    assert "http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host lb.local" in text
    assert "bind 127.0.0.1:18080" in text


def test_a_balancer_that_never_asks_has_no_trace_of_a_check() -> None:
    text = haproxy.render(site(PLANS["never asks"]))
    servers = [line.strip() for line in text.splitlines() if line.strip().startswith("server ")]
    assert servers == [f"server app-{number} 127.0.0.1:1810{number}" for number in (1, 2, 3)]
    assert "httpchk" not in text
    assert "http-check" not in text


def test_a_balancer_that_only_opens_the_port_asks_nothing() -> None:
    text = haproxy.render(site(PLANS["opens the port"]))
    assert text.count(" check inter 200ms ") == 3
    assert "httpchk" not in text


def test_what_is_not_ready_may_finish_unless_the_plan_says_otherwise() -> None:
    assert "http-check expect error-status L7OKC status 200" in haproxy.render(site(StackPlan()))
    assert "http-check expect status 200" in haproxy.render(site(PLANS["cuts off what drains"]))


def test_the_algorithm_is_the_plans() -> None:
    assert "balance leastconn" in haproxy.render(site(StackPlan()))
    assert "balance roundrobin" in haproxy.render(site(PLANS["takes turns"]))


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_nothing_is_left_to_fill_in(plan: StackPlan) -> None:
    after_comments = [line for line in haproxy.render(site(plan)).splitlines() if not line.startswith("#")]
    assert "{{" not in "\n".join(after_comments)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_haproxy_finds_the_configuration_valid(plan: StackPlan, folder: Path) -> None:
    spec = haproxy.spec(site(plan, folder), binary := binaries.haproxy(ServerPaths()))
    assert spec.argv[0] == str(binary.path)
    done = subprocess.run(
        [*spec.argv, "-c"], env=binary.environment(), capture_output=True, text=True, check=False, timeout=30
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert "WARNING" not in output
    assert "ALERT" not in output


def test_a_defect_changes_a_copy_of_the_plan() -> None:
    good = StackPlan()
    assert msgspec.structs.replace(good, health_check=None) == DEFECT.spoil(good)
    assert good == StackPlan()
    changed = StackPlan()
    changed.postgres["fsync"] = "on"
    assert StackPlan().postgres["fsync"] == "off"

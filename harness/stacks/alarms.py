"""Prometheus and Alertmanager beside a stack of any kind: the real ones, by the project's own files.

In these only addresses and durations differ, and nobody outside is told: whom an alert would have reached is what
Alertmanager says of it.
"""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml

from harness.errors import StackError
from harness.sampling.alarms import AlarmMeter
from harness.stack import AlarmUrls
from harness.stacks.companions import Companions
from harness.stacks.embedded.ports import HeldPorts
from harness.stacks.plan import Alarms
from harness.tools import find
from harness.tools.find import Tool

HOST = "127.0.0.1"
PATIENCE_S = 20.0
BALANCER = "haproxy:8405"
"""What the project's file calls the balancer's metrics; an instance is `backend1:4000`, and so on."""

NOT_HERE = ("certificates",)
"""Jobs that need an exporter of their own, and a balancer with a certificate."""

RESEND_S = 60.0
"""How long Prometheus waits, by itself, until it tells an alert again that goes on."""

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = r"(\d+)(ms|s|m|h|d)"
ALONE, RANGE = re.compile(DURATION), re.compile(rf"\[{DURATION}\]")


class Programs(NamedTuple):
    prometheus: Tool
    alertmanager: Tool
    pushgateway: Tool


def programs() -> Programs:
    """Raises NotApplicable where one of them cannot be had."""
    return Programs(
        find.system("prometheus"), find.system("prometheus-alertmanager"), find.system("prometheus-pushgateway")
    )


async def stand(
    companions: Companions, ports: HeldPorts, alarms: Alarms, folder: Path, instances: list[str], balancer: str
) -> "Standing":
    """Starts all three, and returns when they are ready; `instances` and `balancer` are where Prometheus asks them.

    `folder` is for what they keep. Raises NotApplicable, and StackError when one of them does not start.
    """
    found = await asyncio.to_thread(programs)
    prometheus, alertmanager, pushgateway = (f"{HOST}:{port}" for port in ports.take(3))
    places = {f"backend{number}:4000": address for number, address in enumerate(instances, start=1)}
    places |= {BALANCER: balancer, "alertmanager:9093": alertmanager, "pushgateway:9091": pushgateway}
    folder.mkdir()
    config, routes = folder / "prometheus.yml", folder / "alertmanager.yml"
    config.write_text(prometheus_file(alarms, places))
    (folder / "alerts.yml").write_text(rules_file(alarms))
    routes.write_text(routes_file(alarms))
    await _start(companions, "pushgateway", found.pushgateway, pushgateway)
    # Alone: it looks for no others of its kind.
    own = (f"--config.file={routes}", f"--storage.path={folder / 'alertmanager'}", "--cluster.listen-address=")
    await _start(companions, "alertmanager", found.alertmanager, alertmanager, *own)
    own = (
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--rules.alert.resend-delay={_quicker(RESEND_S, alarms.pace)}",
    )
    await _start(companions, "prometheus", found.prometheus, prometheus, *own)
    urls = AlarmUrls(f"http://{prometheus}", f"http://{alertmanager}", f"http://{pushgateway}", alarms.pace)
    return Standing(urls, names(alarms))


class Standing(NamedTuple):
    """They run: where, and which alerts there are."""

    urls: AlarmUrls
    alerts: tuple[str, ...]

    def meter(self) -> AlarmMeter:
        return AlarmMeter(self.urls.alertmanager, self.alerts)


async def _start(companions: Companions, name: str, tool: Tool, address: str, *arguments: str) -> None:
    argv = (str(tool.path), f"--web.listen-address={address}", *arguments)
    child = companions.run(name, argv, tool.environment)
    async with httpx.AsyncClient(timeout=1.0, trust_env=False) as client:

        async def ready() -> bool:
            try:
                return (await client.get(f"http://{address}/-/ready")).is_success
            except httpx.HTTPError:
                return False

        await child.until(ready, PATIENCE_S, "ready")


# -- the files ----------------------------------------------------------------------------------------------


def names(alarms: Alarms) -> tuple[str, ...]:
    """The alerts of the rules, in their order."""
    return tuple(rule["alert"] for group in _read(alarms.rules)["groups"] for rule in group["rules"])


def prometheus_file(alarms: Alarms, places: dict[str, str]) -> str:
    """Asked is who stands in the file, at the address where it can be reached from here."""
    document = _read(alarms.config)
    jobs = [job for job in document["scrape_configs"] if job["job_name"] not in NOT_HERE]
    document["scrape_configs"] = jobs
    return yaml.safe_dump(_each(document, lambda text: places.get(text, _paced(text, alarms.pace))), sort_keys=False)


def rules_file(alarms: Alarms) -> str:
    def quicker(text: str) -> str:
        ranges = RANGE.sub(lambda found: f"[{_quicker(_seconds(found), alarms.pace)}]", text)
        return _paced(ranges, alarms.pace)

    return yaml.safe_dump(_each(_read(alarms.rules), quicker), sort_keys=False)


def routes_file(alarms: Alarms) -> str:
    """Receivers keep their names only: a drill wakes nobody."""
    document = _read(alarms.routes)
    # Where they would be reached.
    document["global"] = {key: value for key, value in document.get("global", {}).items() if key == "resolve_timeout"}
    document["receivers"] = [{"name": receiver["name"]} for receiver in document["receivers"]]
    return yaml.safe_dump(_each(document, lambda text: _paced(text, alarms.pace)), sort_keys=False)


def _read(text: str) -> dict[str, Any]:
    document = yaml.safe_load(text)
    if not isinstance(document, dict):
        raise StackError("a file of the alarms is no mapping", "see deploy/prometheus")
    return document


def _each(node: Any, change: Callable[[str], str]) -> Any:
    """A document with every text in it changed; keys stay."""
    if isinstance(node, dict):
        return {key: _each(value, change) for key, value in node.items()}
    if isinstance(node, list):
        return [_each(value, change) for value in node]
    return change(node) if isinstance(node, str) else node


def _paced(text: str, pace: float) -> str:
    found = ALONE.fullmatch(text)
    return _quicker(_seconds(found), pace) if found else text


def _seconds(duration: re.Match[str]) -> float:
    return int(duration[1]) * UNITS[duration[2]]


def _quicker(seconds: float, pace: float) -> str:
    return f"{round(seconds / pace * 1000)}ms"

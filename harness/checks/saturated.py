"""What was nearest to its limit: of everything that was watched, how much of what it had was used."""

from collections.abc import Iterator
from typing import NamedTuple

from harness.checks.generator import ROLE
from harness.run import Run, Span

MACHINE = "this machine's cores"
WAITERS = "clients_waiting"


class Use(NamedTuple):
    """How many per cent of what it had `what` used."""

    what: str
    percent: float


def uses(run: Run, span: Span, app_cpus: float) -> list[Use]:
    """The fullest first. An instance has `app_cpus` of one CPU, a balancer, a pool and a cache have one; the database
    has all. A pool is also as full as often a client waited in it.
    """
    return sorted(_uses(run, span, app_cpus), key=lambda use: -use.percent)


def _uses(run: Run, span: Span, app_cpus: float) -> Iterator[Use]:
    cpus = float(run.plan.host.cpus)
    has = {"app": app_cpus, "lb": 1.0, "pool": 1.0, "cache": 1.0, "db": cpus, ROLE: run.plan.limits.cpu_percent / 100}
    all_of_it: dict[tuple[str, str], float] = {}
    for role, subject, metric in run.gauges.sampled():
        value = run.gauges.series(role, subject, metric).between(span.begin, span.end).value
        if not len(value):
            continue
        if metric == "cpu_percent":
            all_of_it[role, subject] = float(value.mean())
            if role in has:
                name = "the load generator" if role == ROLE else subject
                yield Use(f"CPU of {name}", float(value.mean()) / has[role])
        elif metric == WAITERS:
            yield Use(f"connections of {subject}", 100 * float((value > 0).mean()))
    # The generator alone does not tell how busy the machine is.
    if any(role != ROLE for role, _ in all_of_it):
        yield Use(MACHINE, sum(all_of_it.values()) / cpus)

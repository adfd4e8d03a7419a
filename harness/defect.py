"""Defect: a bug seeded into the target or its configuration, that a drill must catch."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from harness.stacks.plan import StackPlan


def unspoilt(plan: StackPlan) -> StackPlan:
    return plan


def serving(factory: Callable[..., object]) -> Callable[[StackPlan], StackPlan]:
    """A `spoil`: the instances serve what this factory, a function of the defect's file, makes of their settings."""
    name = f"{factory.__module__}:{factory.__qualname__}"
    return lambda plan: msgspec.structs.replace(plan, app_factory=name)


class Defect(msgspec.Struct, frozen=True, kw_only=True):
    """One file in chaos/defects/ holds one as `DEFECT`; its name is the file's.

    `drill` must fail on it, by the finding that `caught_by` names: a check, and where it has several the subject and
    the phase, as in "slo http.p95 baseline". `spoil` turns the plan of a good stack into that of the bad
    one: another factory around the app, another configuration. The target itself has no switch for being broken.
    `spoil_files` changes a copy of the project's files, for probes that read those. `scale` is how much of the times
    that the self-test gives its drill it takes: less than all for what shows at once in a drill that is long.
    `only_on` is the kind of the only stack where it does harm, if there is but one: it is not tried elsewhere.
    """

    title: str
    drill: str
    caught_by: str
    spoil: Callable[[StackPlan], StackPlan] = unspoilt
    spoil_files: Callable[[Path], None] | None = None
    scale: float = 1.0
    only_on: str = ""
    name: str = ""

"""observed: everything that a probe saw of one kind is as it should be."""

from collections.abc import Sequence

from harness.checks.base import Check
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import Observation, Run
from harness.run.observations import Value

SHOWN = 5
DETAIL_AT_MOST = 200


class Expected(Check, frozen=True, kw_only=True):
    """What the observations named `of` must be: each of them, and at least `cases` of them. Exactly one of the
    four conditions is given. A value of another kind than the condition's (a text where a figure is asked) does not
    meet it.
    """

    of: str
    equals: Value | None = None
    among: tuple[Value, ...] | None = None
    at_most: float | None = None
    at_least: float | None = None
    cases: int = 1

    def __post_init__(self) -> None:
        conditions = (self.equals, self.among, self.at_most, self.at_least)
        if sum(condition is not None for condition in conditions) != 1:
            raise UsageError(
                f"what is expected of {self.of!r} is not one condition",
                "give one of equals, among, at_most and at_least",
            )
        if not self.of or self.of.split() != [self.of]:
            raise UsageError(
                f"{self.of!r} cannot name observations", "use one word, with hyphens: findings are named by it"
            )
        if self.cases < 1:
            raise UsageError(f"{self.cases} observations of {self.of!r} prove nothing", "ask for 1 or more")

    @property
    def condition(self) -> str:
        if self.equals is not None:
            return f"== {shown(self.equals)}"
        if self.among is not None:
            return f"one of {', '.join(map(shown, self.among))}"
        return f"<= {shown(self.at_most)}" if self.at_most is not None else f">= {shown(self.at_least)}"

    @property
    def in_words(self) -> str:
        """The condition as a sentence says it: "all 3 cases are …"."""
        if self.equals is not None:
            return shown(self.equals)
        if self.among is not None:
            return self.condition
        return f"at most {shown(self.at_most)}" if self.at_most is not None else f"at least {shown(self.at_least)}"

    def describe(self) -> str:
        least = f", in at least {self.cases} cases" if self.cases > 1 else ""
        return f"{self.of} {self.condition}{least}"

    def meets(self, value: Value | None) -> bool:
        if self.equals is not None:
            return value == self.equals
        if self.among is not None:
            return value in self.among
        if value is None or isinstance(value, str):
            return False
        return value <= self.at_most if self.at_most is not None else value >= (self.at_least or 0.0)

    def split(self, run: Run) -> tuple[list[Observation], list[Observation]]:
        """The observations of this name: all, and those that do not meet the condition."""
        seen = [observation for observation in run.observations if observation.of == self.of]
        return seen, [observation for observation in seen if not self.meets(observation.value)]

    def worst(self, seen: Sequence[Observation], wrong: Sequence[Observation]) -> Observation:
        """The one that says most: the first that is wrong, else the one that is nearest to it."""
        if wrong:
            return wrong[0]
        figures = [one for one in seen if isinstance(one.value, int | float)]
        if self.at_most is not None and figures:
            return max(figures, key=lambda one: float(one.value or 0))
        if self.at_least is not None and figures:
            return min(figures, key=lambda one: float(one.value or 0))
        return seen[0]

    def about(self, verdict: Verdict, evidence: str, one: Observation | None) -> Finding:
        """A finding with the figure of one observation."""
        value = one.value if one is not None else None
        return self.found(
            verdict,
            evidence,
            subject=self.of,
            value=None if value is None or isinstance(value, str) else float(value),
            unit=one.unit if one is not None else "",
            threshold=f"{self.of} {self.condition}",
        )

    def summed_up(self, seen: Sequence[Observation], worst: Observation) -> str:
        """What they were, when all are as expected."""
        if len(seen) == 1:
            return _told(seen[0])
        text = f"all {len(seen)} cases of {self.of} are {self.in_words}"
        return text if self.equals is not None else f"{text}; the nearest to it: {_told(worst)}"


class Observed(Expected, tag="observed", frozen=True, kw_only=True):
    """Fails with the cases that are not as expected; inconclusive when too few were observed, or one had no answer."""

    def __call__(self, run: Run) -> Finding:
        seen, wrong = self.split(run)
        if not seen:
            return self.about(Verdict.INCONCLUSIVE, f"nothing was observed of {self.of}", None)
        worst = self.worst(seen, wrong)
        silent = [observation for observation in wrong if observation.value is None]
        if len(wrong) > len(silent):
            told = [observation for observation in wrong if observation.value is not None]
            text = f"{len(wrong)} of {len(seen)} cases are not {self.in_words}: {_listed(told)}"
            return self.about(Verdict.FAIL, text, self.worst(seen, told))
        if silent:
            text = f"{len(silent)} of {len(seen)} cases had no answer: {_listed(silent)}"
            return self.about(Verdict.INCONCLUSIVE, text, None)
        if len(seen) < self.cases:
            text = f"only {len(seen)} of {self.cases} cases of {self.of} were observed, each {self.in_words}"
            return self.about(Verdict.INCONCLUSIVE, text, worst)
        return self.about(Verdict.PASS, self.summed_up(seen, worst), worst)


def _listed(observations: Sequence[Observation]) -> str:
    more = f" … and {len(observations) - SHOWN} more" if len(observations) > SHOWN else ""
    return "; ".join(map(_told, observations[:SHOWN])) + more


def _told(observation: Observation) -> str:
    value = "no answer" if observation.value is None else shown(observation.value)
    unit = f" {observation.unit}" if observation.unit else ""
    detail = " ".join(observation.detail.split())
    if len(detail) > DETAIL_AT_MOST:
        detail = detail[:DETAIL_AT_MOST] + "…"
    return f"{observation.case}: {value}{unit}" + (f" ({detail})" if detail else "")


def shown(value: Value | None) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.4g}" if isinstance(value, float) and not value.is_integer() else f"{value:.0f}"

"""The guide, claim by claim, and what the recorded runs say of each.

claims.toml holds the statements; drills and probes name the ones that they bear on; runs hold the findings. A claim
holds when the latest run of everything that proves it says so. A run whose measurement was spoilt proves nothing,
though what failed in it has failed.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal

import msgspec

from harness.checks.figures import figure
from harness.checks.judge import VERDICT_FILE, of_the_measurement, read_verdict
from harness.errors import UsageError
from harness.finding import Finding, Verdict
from harness.run import RunPlan

REGISTRY = Path(__file__).with_name("claims.toml")

FIGURES_SHOWN = 5

How = Literal["drill", "probe", "config"]


class Claim(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement of the guide. `how` it can be proved; `doubt` is why measurement may refute it; `open` is what of it
    nothing proves yet.
    """

    id: str
    how: How
    text: str
    doubt: str = ""
    open: str = ""


class Standing(StrEnum):
    """What is known of a claim."""

    HOLDS = "holds"
    REFUTED = "refuted"
    UNPROVEN = "unproven"


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one claim. `value` is the figures of what proves it, or the finding that refutes it; `run` is
    the folder that it is from, the first of several.

    `missing` names what would prove it and has not been run, or came to no verdict. `in_part` is for a claim of
    which something is still open, or that takes a drill where only probes have been written.
    """

    claim: Claim
    standing: Standing
    proofs: tuple[str, ...] = ()
    value: str = ""
    instead: str = ""
    run: str = ""
    missing: tuple[str, ...] = ()
    in_part: bool = False


class _Registry(msgspec.Struct, forbid_unknown_fields=True):
    claim: list[Claim]


class _Latest(msgspec.Struct, frozen=True):
    run: Path
    findings: tuple[Finding, ...]

    def about(self, claim: str) -> list[Finding]:
        """What of it bears on a claim and counts: of a run that is spoilt, or in which a server ended by itself or
        a fault could not be undone, only what failed.
        """
        bearing = [finding for finding in self.findings if claim in finding.claims]
        sound = all(one.verdict is Verdict.PASS for one in self.findings if of_the_measurement(one))
        return bearing if sound else [finding for finding in bearing if finding.verdict is Verdict.FAIL]


def read_claims(file: Path = REGISTRY) -> list[Claim]:
    """In the guide's order. Raises UsageError for a registry that cannot be read."""
    try:
        claims = msgspec.convert(tomllib.loads(file.read_text()), _Registry).claim
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"the claims in {file} cannot be read: {error}") from error
    ids = [claim.id for claim in claims]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise UsageError(f"{file} has {', '.join(twice)} more than once", "give each claim an id of its own")
    return claims


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A drill or a probe, and the claims that it bears on. A drill harms or loads, a probe only asks. A run of it
    that was played for less than `seconds` is none: its times were cut.
    """

    name: str
    claims: Sequence[str]
    drill: bool
    seconds: float = 0.0


def weigh(claims: Iterable[Claim], proofs: Iterable[Proof], runs: Path) -> list[Evidence]:
    """Each claim with its evidence. `runs` is the folder of the recorded runs; one with a seeded defect, or with its
    times cut as the self-test does, says nothing about the guide.
    """
    proofs = list(proofs)
    latest = _latest_of_each(runs, {proof.name: proof.seconds for proof in proofs})
    return [_weigh_one(claim, [proof for proof in proofs if claim.id in proof.claims], latest) for claim in claims]


def _weigh_one(claim: Claim, its_proofs: list[Proof], latest: Mapping[str, _Latest]) -> Evidence:
    proofs = [proof.name for proof in its_proofs]
    no_drill = claim.how == "drill" and not any(proof.drill for proof in its_proofs)
    in_part = no_drill or bool(claim.open)
    found: list[tuple[_Latest, Finding]] = []
    figures: list[str] = []
    missing: list[str] = []
    for name in proofs:
        last = latest.get(name)
        about = [(last, finding) for finding in last.about(claim.id)] if last else []
        if not about or any(finding.verdict is Verdict.INCONCLUSIVE for _, finding in about):
            missing.append(name)
        else:
            figures.append(f"{name}: {_told([finding for _, finding in about])}")
        found += about
    refuting = [one for one in found if one[1].verdict is Verdict.FAIL or claim.id in one[1].refutes]
    if refuting:
        # A check that failed says more than a guide that is wrong: it comes first.
        refuting.sort(key=lambda one: one[1].verdict is not Verdict.FAIL)
        standing, (source, finding) = Standing.REFUTED, refuting[0]
        figures = [finding.evidence]
    elif missing or not found:
        return Evidence(claim=claim, standing=Standing.UNPROVEN, proofs=tuple(proofs), missing=tuple(missing))
    else:
        standing, (source, finding) = Standing.UNPROVEN if in_part else Standing.HOLDS, found[0]
    return Evidence(
        claim=claim,
        standing=standing,
        proofs=tuple(proofs),
        value=". ".join(figures),
        instead=finding.instead,
        run=str(source.run),
        missing=tuple(missing),
        in_part=in_part,
    )


def _told(findings: Sequence[Finding]) -> str:
    """What each check measured, without its sentence: "http.p95 6.3 ms during fault, writes.lost 0"."""
    words = [_figure(finding) for finding in findings[:FIGURES_SHOWN]]
    more = len(findings) - len(words)
    return ", ".join(words) + (f" and {more} more" if more else "")


def _figure(finding: Finding) -> str:
    name = finding.subject or finding.check
    # What was seen may be a text: then its condition says the most.
    told = finding.threshold or name if finding.value is None else f"{name} {figure(finding.value, finding.unit)}"
    return f"{told} during {finding.phase}" if finding.phase else told


def _latest_of_each(runs: Path, least_s: Mapping[str, float]) -> dict[str, _Latest]:
    latest: dict[str, _Latest] = {}
    # A folder's name begins with the time, to the second; the number behind it tells twins apart.
    for folder in sorted(runs.glob("*/"), reverse=True) if runs.is_dir() else ():
        if len(latest) == len(least_s):
            break
        try:
            if not (folder / VERDICT_FILE).is_file():
                continue
            plan = RunPlan.read(folder)
            name = plan.drill.name
            wanted = name in least_s and name not in latest
            if wanted and plan.defect is None and plan.drill.played_s >= least_s[name]:
                latest[name] = _Latest(folder, read_verdict(folder).findings)
        except (UsageError, OSError):
            # Of a newer harness, somebody else's, or cut short: no evidence, and no reason not to show the rest.
            continue
    return latest

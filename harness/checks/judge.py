"""From a run to its verdict: every expected check and every implicit one, none allowed to raise."""

import traceback
from functools import cache, reduce
from operator import or_
from pathlib import Path

import msgspec

import harness.checks as room
from harness import discovery
from harness.checks.base import Check
from harness.checks.slo import Slo
from harness.errors import UsageError
from harness.finding import Finding, Verdict, VerdictDocument, merge
from harness.run import SCHEMA, Interfered, Run

VERDICT_FILE = "verdict.json"


@cache
def kinds() -> dict[str, type[Check]]:
    """Every check there is, by its name: found by importing the files of this room."""
    modules = list(discovery.load_all(room))
    found = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    # One that cannot be called is what several have in common, and no check itself.
    classes = {value for value in found if issubclass(value, Check) and value.__call__ is not Check.__call__}
    return {str(cls.__struct_config__.tag): cls for cls in sorted(classes, key=lambda cls: cls.__name__)}


def implicit_checks() -> list[Check]:
    return [cls() for _, cls in sorted(kinds().items()) if cls.implicit]


def expected_checks(run: Run) -> list[Check]:
    """The checks that the run's drill asked for, made again from run.json."""
    any_check = reduce(or_, kinds().values())
    try:
        return [msgspec.json.decode(raw, type=any_check) for raw in run.plan.drill.checks]
    except (msgspec.ValidationError, UsageError) as error:
        raise UsageError(f"run.json asks for a check that this harness does not have: {error}") from error


def judge(run: Run) -> VerdictDocument:
    """All findings of a run: what was expected first, in the drill's order, then what holds for every run."""
    claims = run.plan.drill.claims
    expected = [
        msgspec.structs.replace(
            _excused_if_cut(check, _ask(check, run), run), claims=() if isinstance(check, Slo) and check.own else claims
        )
        for check in expected_checks(run)
    ]
    # What holds for every run says whether the measurement counts; it proves no claim of the guide.
    findings = (*expected, *(_ask(check, run) for check in implicit_checks()))
    if run.events_of(Interfered):
        findings = tuple(_excused(finding, "somebody else interfered") for finding in findings)
    verdict = merge(finding.verdict for finding in findings)
    return VerdictDocument(schema=SCHEMA, verdict=verdict, drill=run.plan.drill.name, findings=findings)


def _excused_if_cut(check: Check, finding: Finding, run: Run) -> Finding:
    cut = run.cut_short
    if cut is None or cut.seconds >= check.waits_s or finding.phase not in ("", cut.name):
        return finding
    return _excused(finding, f"{cut.name} was cut short after {cut.seconds:.1f} s")


def _excused(finding: Finding, why: str) -> Finding:
    """A failure after somebody else's hand proves nothing, nor does one that more time might have mended."""
    if finding.verdict is not Verdict.FAIL:
        return finding
    return msgspec.structs.replace(finding, verdict=Verdict.INCONCLUSIVE, evidence=f"{finding.evidence}; but {why}")


def _ask(check: Check, run: Run) -> Finding:
    try:
        return check(run)
    except Exception:
        # A check that breaks has judged nothing. Its traceback is the evidence.
        return check.found(Verdict.INCONCLUSIVE, f"the check itself broke: {traceback.format_exc(limit=-3)}")


def of_the_measurement(finding: Finding) -> bool:
    """Whether it is of a check that holds for every run: then it says whether what the others measured counts."""
    kind = kinds().get(finding.check)
    return kind is not None and kind.implicit


def write_verdict(folder: Path, document: VerdictDocument) -> None:
    (folder / VERDICT_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def read_verdict(folder: Path) -> VerdictDocument:
    file = folder / VERDICT_FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=VerdictDocument)
    except OSError as error:
        raise UsageError(f"{folder} has not been judged", "run `harness report` on it") from error
    except msgspec.DecodeError as error:
        raise UsageError(f"{file} cannot be read: {error}", "run `harness report` to make it again") from error

"""The self-test without a stack: what is tried, what is kept of it, what is said of it, and how it ends."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from harness.checks.judge import kinds
from harness.cli import selftesting
from harness.cli.answers import CleanAnswer, DefectAnswer, SelftestAnswer
from harness.cli.kept import Kept
from harness.cli.main import main
from harness.cli.options import OWN
from harness.cli.proofs import ENOUGH, check_of, proofs
from harness.cli.selftable import markdown, table
from harness.cli.selftesting import Selftest, answered, defects_named, run_selftest, sampled
from harness.conductor import Conducted
from harness.drill import Drill
from harness.errors import ExitStatus, Interrupted, NotApplicable, StackError, UsageError
from harness.finding import Finding, Verdict, VerdictDocument
from harness.progress.base import Progress
from harness.settings import Settings
from tests.cli.selftests import CAUGHT_BY, CONDITIONS, OTHER, caught, clean, defect, of, unjudged


def answer(*answers: DefectAnswer | CleanAnswer, whole: bool = False) -> SelftestAnswer:
    """Of a self-test that had these answers."""
    kept = Kept(None, CONDITIONS)
    for one in answers:
        kept.add(one)
    defects = [defect(one.name) for one in answers if isinstance(one, DefectAnswer)]
    rounds = any(isinstance(one, CleanAnswer) for one in answers)
    return answered(of(*defects, rounds=int(rounds), whole=whole), kept, 1.0)


class Stage:
    """In place of the conductor: each trial ends as is said of its defect, or of the clean target."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **ends: str | Exception) -> None:
        """An `end` is the finding that fails, "" for a pass, or what is raised; "clean" is the clean target's."""
        self.tried: list[str] = []
        self.lengths: list[float] = []
        self.seeds: list[int] = []
        self._ends = ends
        monkeypatch.setattr(selftesting, "conduct", self._conduct)

    async def _conduct(
        self, drill: Drill, opener: object, settings: object, progress: object, seed: int, name: str | None, _: object
    ) -> Conducted:
        self.tried.append(name or "clean")
        self.seeds.append(seed)
        self.lengths.append(drill.seconds)
        end = self._ends.get(self.tried[-1].replace("-", "_"), "")
        if isinstance(end, Exception):
            raise end
        verdict = Verdict.FAIL if end else Verdict.PASS
        check, subject, phase = end.split() if end else ("slo", "http.p95", "baseline")
        finding = Finding(check=check, subject=subject, phase=phase, verdict=verdict, evidence="as it was")
        return Conducted(Path("run"), VerdictDocument(schema=1, verdict=verdict, drill="", findings=(finding,)), 2.5)


async def run(test: Selftest, kept: Kept | None = None) -> SelftestAnswer:
    kept = kept or Kept(None, CONDITIONS)
    await run_selftest(test, Settings(), Progress(), kept)
    return answered(test, kept, 1.0)


async def test_a_defect_is_caught_by_the_finding_that_must_catch_it_and_by_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Stage(monkeypatch, slow=CAUGHT_BY, wrong=OTHER)
    said = await run(of(defect("slow"), defect("wrong"), defect("unseen")))
    assert [one.caught for one in said.defects] == [True, False, False]
    assert [one.in_words for one in said.defects] == [CAUGHT_BY, f"caught by another: {OTHER}", "NOT CAUGHT"]
    assert (said.caught, said.total, said.status) == (1, 3, ExitStatus.FAIL)


async def test_the_clean_target_is_tried_in_each_drill_once_a_round(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, slow=CAUGHT_BY, late=CAUGHT_BY)
    said = await run(of(defect("slow"), defect("late"), rounds=2))
    assert stage.tried == ["slow", "late", "clean", "clean"]
    assert (said.clean_rounds, len(said.clean), said.false_alarms, said.status) == (2, 2, 0, ExitStatus.PASS)


async def test_a_false_alarm_is_a_failure_and_says_what_did_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    Stage(monkeypatch, slow=CAUGHT_BY, clean=OTHER)
    said = await run(of(defect("slow"), rounds=1))
    assert (said.false_alarms, said.status) == (1, ExitStatus.FAIL)
    assert f"steady, round 1: false alarm: {OTHER}: as it was" in table(said)


async def test_what_goes_wrong_with_one_is_told_of_that_one_and_the_others_are_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Stage(monkeypatch, slow=StackError("no port is free"), late=CAUGHT_BY, clean=StackError("no port is free"))
    said = await run(of(defect("slow"), defect("late"), rounds=1))
    assert (said.caught, said.total, said.inconclusive) == (1, 2, ["slow", "clean steady"])
    assert said.status is ExitStatus.INCONCLUSIVE
    assert "inconclusive: no port is free" in table(said)


async def test_what_does_not_fit_the_stack_is_neither_caught_nor_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    Stage(monkeypatch, slow=NotApplicable("steady wants containers"), late=CAUGHT_BY)
    said = await run(of(defect("slow"), defect("late")))
    assert (said.caught, said.total, said.not_applicable, said.status) == (1, 1, ["slow"], ExitStatus.PASS)
    assert "slow is not applicable on embedded" in table(said)


async def test_a_defect_that_does_no_harm_on_this_stack_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, late=CAUGHT_BY)
    harmless = msgspec.structs.replace(defect("slow"), only_on="compose")
    said = await run(of(harmless, msgspec.structs.replace(defect("late"), only_on="embedded")))
    assert stage.tried == ["late"]
    assert (said.caught, said.total, said.not_applicable, said.status) == (1, 1, ["slow"], ExitStatus.PASS)


def test_a_defect_names_a_stack_that_there_is_as_its_only_one() -> None:
    assert {defect.only_on for defect in defects_named(())} <= {"", *OWN}


async def test_a_trial_s_seed_is_its_own_whichever_others_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Stage(monkeypatch)
    await run(of(defect("slow"), defect("late"), rounds=1))
    alone = Stage(monkeypatch)
    await run(of(defect("late"), rounds=1))
    assert both.seeds[1:] == alone.seeds
    assert len(set(both.seeds)) == 3


async def test_a_defect_that_shows_at_once_is_given_less_of_a_long_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    await run(of(defect("fast", drill="soak"), msgspec.structs.replace(defect("slow", drill="soak"), scale=0.3)))
    usual, less = stage.lengths
    assert less == pytest.approx(0.3 * usual)


async def test_what_is_kept_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "runs" / "kept.jsonl"
    test = of(defect("slow"), defect("late"), rounds=1)
    first = Stage(monkeypatch, slow=CAUGHT_BY, late=Interrupted("interrupted"))
    with pytest.raises(Interrupted):
        await run(test, Kept(file, CONDITIONS))
    assert first.tried == ["slow", "late"]
    second = Stage(monkeypatch, late=CAUGHT_BY)
    said = await run(test, Kept(file, CONDITIONS))
    assert second.tried == ["late", "clean"]
    third = Stage(monkeypatch)
    assert await run(test, Kept(file, CONDITIONS)) == said
    assert third.tried == []
    assert (said.caught, said.total, said.left) == (2, 2, 0)


def test_what_was_tried_for_another_check_than_now_is_tried_again() -> None:
    kept = Kept(None, CONDITIONS)
    kept.add(caught("slow"))
    assert kept.defect(defect("slow")) == caught("slow")
    assert kept.defect(defect("slow", "recovered")) is None


def test_a_line_that_was_cut_short_is_tried_again_and_those_after_it_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    kept = Kept(file, CONDITIONS)
    kept.add(caught("slow"))
    kept.add(clean())
    file.write_bytes(file.read_bytes()[:-7])
    again = Kept(file, CONDITIONS)
    assert again.defect(defect("slow")) == caught("slow")
    assert again.clean("steady", 1) is None
    again.add(clean())
    assert Kept(file, CONDITIONS).clean("steady", 1) == clean()


@pytest.mark.parametrize("other", [{"stack": "compose"}, {"scale": 0.5}, {"seed": 2}])
def test_trials_of_other_conditions_are_not_mixed(other: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    Kept(file, CONDITIONS)
    with pytest.raises(UsageError, match=r"was made with --stack embedded --scale 0\.35 --seed 1, not with"):
        Kept(file, msgspec.structs.replace(CONDITIONS, **other))


@pytest.mark.parametrize(
    "holds",
    ["notes", "no JSON\n", '{"of":"defect","name":"slow","drill":"steady","must_be_caught_by":"slo"}\n', '{"a":1}\n'],
)
def test_a_file_of_something_else_is_left_alone(holds: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(holds)
    with pytest.raises(UsageError, match="does not hold a self-test"):
        Kept(file, CONDITIONS)
    assert file.read_text() == holds


def test_the_table_says_what_caught_each_and_sums_up() -> None:
    said = answer(caught("slow"), caught("wrong", OTHER), unjudged("late"), clean(), whole=True)
    lines = table(said).splitlines()
    assert [re.split("  +", line) for line in lines[:3]] == [
        ["slow", "steady", CAUGHT_BY, "4 s"],
        ["wrong", "steady", f"✗ caught by another: {OTHER}", "4 s"],
        ["late", "steady", "inconclusive: the measurement itself was not valid", "0 s"],
    ]
    assert "slo is proved by 1 of its 3 defects; it takes 2" in lines
    assert "scales is proved by no defect; it takes 2" in lines
    assert lines[-1] == "caught 1 of 3, false alarms 0 in 1 clean round (1 runs), trials of 1 min 8 s in 1 s"


def test_the_markdown_has_a_table_of_defects_and_one_of_checks() -> None:
    said = answer(caught("slow"), unjudged("late", "a | b"), clean(verdict=Verdict.FAIL, why=f"{OTHER}: late"))
    lines = markdown(said).splitlines()
    assert lines[0].startswith("**embedded**, the drills' times × 0.35, seed 1: caught 1 of 2, false alarms 1")
    assert "| `slow` | `steady` | slo http.p95 baseline | 4 |" in lines
    assert r"| `late` | `steady` | inconclusive: a \| b | 0 |" in lines
    assert f"- steady, round 1: false alarm: {OTHER}: late" in lines
    assert "| `slo` | 1 of 2 |  |" in lines


def test_a_check_that_too_few_defects_prove_is_a_failure_when_all_were_tried() -> None:
    assert answer(caught("slow"), whole=True).status is ExitStatus.FAIL
    assert answer(caught("slow"), whole=False).status is ExitStatus.PASS


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([caught("slow")], ExitStatus.PASS),
        ([], ExitStatus.INCONCLUSIVE),
        ([caught("slow"), unjudged("late")], ExitStatus.INCONCLUSIVE),
        ([caught("slow", OTHER), unjudged("late")], ExitStatus.FAIL),
        ([caught("slow"), clean(verdict=Verdict.INCONCLUSIVE)], ExitStatus.INCONCLUSIVE),
        ([unjudged("slow"), clean(verdict=Verdict.FAIL)], ExitStatus.FAIL),
    ],
)
def test_the_exit_status_is_that_of_the_worst(answers: list[DefectAnswer | CleanAnswer], status: ExitStatus) -> None:
    assert answer(*answers).status is status


def test_a_sample_is_the_same_for_the_same_seed_and_one_more_defect_changes_one_at_most() -> None:
    defects = [defect(f"number-{number}") for number in range(40)]
    drawn = sampled(defects, 10, seed=7)
    assert [one.name for one in drawn] == [one.name for one in defects if one in drawn]
    assert len(drawn) == 10
    assert sampled(defects, 10, seed=7) == drawn != sampled(defects, 10, seed=8)
    assert len(set(sampled([*defects, defect("another")], 10, seed=7)) - set(drawn)) <= 1
    assert sampled(defects, 100, seed=7) == defects


def test_a_proof_counts_what_was_caught_and_leaves_out_what_could_not_be_tried() -> None:
    defects = [defect("slow"), defect("late"), defect("stuck", "recovered"), defect("gone", "recovered")]
    by_check = {one.check: one for one in proofs(defects, caught=["slow", "late", "stuck"], not_applicable=["gone"])}
    assert (by_check["slo"].caught, by_check["slo"].is_proved) == (("slow", "late"), True)
    assert (by_check["recovered"].not_applicable, by_check["recovered"].is_proved) == (("gone",), True)
    assert not by_check["scales"].enough_are_written
    assert not next(one for one in proofs(defects, caught=["slow"]) if one.check == "slo").is_proved


def test_each_check_that_can_fail_has_defects_enough_which_it_must_catch() -> None:
    defects = defects_named([])
    assert {check_of(one) for one in defects} <= {check for check, kind in kinds().items() if kind.fails}
    lacking = {proof.check: proof.defects for proof in proofs(defects) if not proof.enough_are_written}
    assert not lacking, f"write {ENOUGH} for each: {lacking}"


def test_ctrl_c_prints_what_was_tried_by_then(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Stage(monkeypatch, no_hsts=Interrupted("interrupted; what was recorded is in run"))
    arguments = ["selftest", "no-health-checks", "no-hsts", "slow-feed", "--rounds", "1", "--seed", "1"]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--markdown", "table.md"])
    assert ended.value.code == ExitStatus.INTERRUPTED
    said = capsys.readouterr()
    first, last = said.out.splitlines()
    assert re.fullmatch(r"no-health-checks +kill-instance +✗ NOT CAUGHT +2 s", first)
    assert last == "caught 0 of 1, false alarms 0 in 1 clean round (0 runs), 5 left to try, trials of 2 s in 0 s"
    assert "interrupted; what was recorded is in run" in said.err
    assert "5 left to try" in (tmp_path / "table.md").read_text()


def test_machines_get_one_document(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Stage(monkeypatch, slow_feed=CAUGHT_BY)
    with pytest.raises(SystemExit) as ended:
        main(["selftest", "slow-feed", "--seed", "1", "--json"])
    assert ended.value.code == ExitStatus.PASS
    said = json.loads(capsys.readouterr().out)
    assert (said["caught"], said["total"], said["false_alarms"], said["clean_rounds"]) == (1, 1, 0, 1)
    [one] = said["defects"]
    assert (one["name"], one["drill"], one["caught_by"]) == ("slow-feed", "steady", [CAUGHT_BY])


def test_a_self_test_goes_on_with_the_seed_that_it_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    stage = Stage(monkeypatch, slow_feed=CAUGHT_BY, no_hsts=CAUGHT_BY)
    for name in ("slow-feed", "no-hsts"):
        with pytest.raises(SystemExit):
            main(["selftest", name, "--rounds", "0", "--resume", "kept.jsonl"])
    assert stage.tried == ["slow-feed", "no-hsts"]
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 3

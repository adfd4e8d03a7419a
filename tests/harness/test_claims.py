"""The guide, claim by claim: the registry, and what runs say of it."""

from pathlib import Path

import msgspec
import pytest

from harness.checks.doubted import Doubted
from harness.checks.judge import judge, read_verdict, write_verdict
from harness.checks.observed import Observed
from harness.claims import Claim, Proof, Standing, read_claims, weigh
from harness.cli.options import all_drills, all_probes
from harness.errors import UsageError
from harness.run import Observation, PlannedPhase, Run
from tests.builders import at, exited, generator, note, ok, phase, plan_of, record

CLAIM = Claim(id="SEC-RATE", how="probe", text="100 a minute")
CHECKS = (
    Observed(of="answers", equals=429),
    Doubted(of="let-through", at_most=100, claim="SEC-RATE", instead="exempt nobody"),
)
PROOFS = [Proof(name="limits", claims=("SEC-RATE",), drill=False)]


def recorded(
    runs: Path, name: str, *, answer: int | None = 429, through: int = 100, asks: bool = True, **how: str
) -> Path:
    """A run of a probe of the claim, judged. `defect` was seeded into it; `trouble` spoilt its recording, and the
    server that `died` ended by itself.
    """
    folder = runs / name
    folder.mkdir(parents=True)
    plan = plan_of(timeline=[PlannedPhase(name="probe", seconds=60, asks=asks)], checks=CHECKS, claims=("SEC-RATE",))
    plan = msgspec.structs.replace(
        plan, defect=how.get("defect"), drill=msgspec.structs.replace(plan.drill, name="limits")
    )
    seen = (
        Observation(t=at(1), of="answers", case="the 101st", value=answer),
        Observation(t=at(1), of="let-through", case="googlebot", value=through),
    )
    spoilt = [note(1, how["trouble"], problem=True)] if "trouble" in how else []
    died = [exited(1, how["died"])] if "died" in how else []
    record(folder, phase("probe", 0, 2), ok(1), *seen, *spoilt, *died, *generator(1), plan=plan)
    write_verdict(folder, judge(Run.open(folder)))
    return folder


def standing(runs: Path) -> tuple[Standing, str]:
    (one,) = weigh([CLAIM], PROOFS, runs)
    return one.standing, Path(one.run).name


def test_the_registry_has_every_claim_of_the_guide_once() -> None:
    claims = read_claims()
    assert len(claims) == 63
    assert {claim.how for claim in claims} == {"drill", "probe", "config"}


def test_drills_and_probes_name_claims_that_there_are() -> None:
    known = {claim.id for claim in read_claims()}
    assert {claim for drill in (*all_drills(), *all_probes()) for claim in drill.claims} <= known


def test_what_has_not_run_is_unproven(tmp_path: Path) -> None:
    (one,) = weigh([CLAIM], PROOFS, tmp_path / "nowhere")
    assert (one.standing, one.missing) == (Standing.UNPROVEN, ("limits",))
    (one,) = weigh([CLAIM], [], tmp_path)
    assert (one.standing, one.proofs) == (Standing.UNPROVEN, ())


def test_the_latest_run_counts(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits", answer=200)
    assert standing(tmp_path) == (Standing.REFUTED, "20260101T000000Z-limits")
    recorded(tmp_path, "20260101T000001Z-limits")
    assert standing(tmp_path) == (Standing.HOLDS, "20260101T000001Z-limits")


def test_a_doubt_that_was_right_refutes_the_guide_though_the_run_passed(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits", through=500)
    (one,) = weigh([CLAIM], PROOFS, tmp_path)
    assert one.standing is Standing.REFUTED
    assert "500" in one.value
    assert one.instead == "exempt nobody"


def test_a_check_that_failed_is_told_before_a_guide_that_is_wrong(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits", answer=200, through=500)
    (one,) = weigh([CLAIM], PROOFS, tmp_path)
    assert (one.standing, one.instead) == (Standing.REFUTED, "")
    # Whichever comes first in the run's findings.
    folder = tmp_path / "20260101T000000Z-limits"
    found = read_verdict(folder)
    write_verdict(folder, msgspec.structs.replace(found, findings=found.findings[::-1]))
    (one,) = weigh([CLAIM], PROOFS, tmp_path)
    assert (one.standing, one.instead) == (Standing.REFUTED, "")


def test_an_inconclusive_run_proves_nothing(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits", answer=None)
    assert standing(tmp_path)[0] is Standing.UNPROVEN


def test_a_run_that_was_spoilt_proves_nothing_though_its_checks_passed(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits", through=500, trouble="the sampler died")
    (one,) = weigh([CLAIM], PROOFS, tmp_path)
    assert (one.standing, one.missing) == (Standing.UNPROVEN, ("limits",))


def test_a_run_in_which_a_server_ended_by_itself_proves_nothing_though_its_checks_passed(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits", died="app-2")
    assert standing(tmp_path)[0] is Standing.UNPROVEN


def test_what_failed_in_a_run_that_was_spoilt_has_failed(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits", answer=200, trouble="the sampler died")
    assert standing(tmp_path)[0] is Standing.REFUTED


def test_a_run_whose_times_were_cut_proves_nothing(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits", asks=False)
    for seconds, standing in ((60.0, Standing.HOLDS), (60.1, Standing.UNPROVEN)):
        (one,) = weigh([CLAIM], [msgspec.structs.replace(PROOFS[0], seconds=seconds)], tmp_path)
        assert one.standing is standing


def test_a_seeded_defect_says_nothing_about_the_guide(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits")
    recorded(tmp_path, "20260101T000001Z-limits", answer=200, defect="no-limit")
    assert standing(tmp_path)[0] is Standing.HOLDS


def test_a_claim_that_takes_a_drill_is_proved_by_probes_in_part_only(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits")
    takes_a_drill = msgspec.structs.replace(CLAIM, how="drill")
    (one,) = weigh([takes_a_drill], PROOFS, tmp_path)
    assert (one.standing, one.in_part, bool(one.value)) == (Standing.UNPROVEN, True, True)
    (one,) = weigh([takes_a_drill], [Proof(name="limits", claims=("SEC-RATE",), drill=True)], tmp_path)
    assert (one.standing, one.in_part) == (Standing.HOLDS, False)


def test_a_run_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    recorded(tmp_path, "20260101T000000Z-limits")
    broken = recorded(tmp_path, "20260101T000001Z-limits", answer=200)
    (broken / "verdict.json").write_text("{")
    assert standing(tmp_path)[0] is Standing.HOLDS


@pytest.mark.parametrize(
    "text",
    [
        "claim = 1",
        "[[claim]]",
        '[[claim]]\nid = "A"\nhow = "magic"\ntext = "x"',
        "[[claim",
        2 * '[[claim]]\nid = "A"\nhow = "drill"\ntext = "x"\n',
    ],
)
def test_a_registry_that_cannot_be_read_says_so(text: str, tmp_path: Path) -> None:
    file = tmp_path / "claims.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"claims\.toml"):
        read_claims(file)

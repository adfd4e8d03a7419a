"""The stop condition: it ends a drill at once, wherever that is, and the harm with it."""

from pathlib import Path

import pytest

from chaos.faults.kill import Kill
from harness.clock import now, seconds
from harness.conductor.live import Stop
from harness.drill import Abort, Drill, Load, Phase, baseline, fault, recovery
from harness.finding import Verdict
from harness.run import Noted, Run, Step
from harness.run.events import FaultStep
from harness.stack import Role
from tests.conductor.harnesses import Remains
from tests.conductor.playing import played

HEALS_WITHIN_S, ENDS_WITHIN_S = 0.5, 2.0
LONG_S = 60.0


def stopping(timeline: tuple[Phase, ...]) -> Drill:
    return Drill(
        title="More goes wrong than may",
        loads=(Load(scenario="browse", rate=20),),
        timeline=timeline,
        abort=Abort(errors_percent=20, seconds=1),
        name="stopping",
    )


@pytest.mark.parametrize(
    "harmed",
    [
        fault(Kill(Role.POOL), LONG_S),
        fault(Kill(Role.CACHE), 0.2, then=fault(Kill(Role.POOL), LONG_S)),
    ],
    ids=["one fault", "two that overlap"],
)
async def test_it_ends_a_drill_and_its_faults_within_two_seconds(
    harmed: Phase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[int] = []
    because = Stop.because

    def noticed(stop: Stop, reason: str) -> None:
        met.append(now())
        because(stop, reason)

    monkeypatch.setattr(Stop, "because", noticed)
    remains = Remains()
    done = await played(stopping((baseline(1), harmed, recovery(LONG_S))), "embedded", 1, tmp_path)
    run = Run.open(done.folder)
    steps = run.events_of(FaultStep)
    healing = [step.t for step in steps if step.step is Step.HEAL]
    gone = [step.t for step in steps if step.step is Step.GONE]
    [why] = [note for note in run.events_of(Noted) if "the stop condition was met" in note.text]
    assert len(gone) == len(run.faults)
    assert seconds(min(healing) - met[0]) < HEALS_WITHIN_S
    assert seconds(max(gone) - met[0]) < ENDS_WITHIN_S
    assert seconds(why.t - met[0]) < ENDS_WITHIN_S
    assert "recovery" not in run.phases
    assert why.problem
    assert done.verdict.verdict is not Verdict.PASS
    remains.none_after(0.5)

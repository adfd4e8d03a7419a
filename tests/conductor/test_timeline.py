"""The timeline: phases are facts, faults go in only when they may, and come out whatever happens."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from harness.clock import nanoseconds, now, seconds
from harness.conductor.live import Stop
from harness.conductor.timeline import TURN_LEAD_S, Aborted, Timeline, foreseen, heal_patience_s
from harness.drill import Ask, Drill, Load, Phase, fault
from harness.fault import Fault, Felt, Gone, NotFelt, NotGone
from harness.journal import Journal, unhealed
from harness.progress.base import Progress
from harness.run import EventLog, FaultStep, Noted, Pace, PhaseBegan, PhaseEnded, Step
from harness.run.events import read_events
from harness.stack import Harmable, Stack

HARM = "harm.txt"


class Scratch(Fault, tag="scratch", frozen=True):
    """A real, small harm: a file that should not be there. `trouble` says what goes wrong with it."""

    folder: str
    trouble: str = ""

    def aimed(self, stack: Stack, draw: random.Random) -> "Scratch":
        return self

    @property
    def target(self) -> str:
        return self.folder

    def undo(self) -> str:
        return f"remove {self.folder}/{HARM}"

    @property
    def _file(self) -> Path:
        return Path(self.folder) / HARM

    async def inject(self, stack: Harmable) -> Felt:
        assert unhealed(Path(self.folder)), "the journal must have it before the harm"
        began = now()
        self._file.write_text("harm")
        if self.trouble == "not felt":
            raise NotFelt("nobody noticed")
        if self.trouble == "slow":
            await asyncio.sleep(0.05)
        return Felt(began, now(), "the file is there")

    async def heal(self, stack: Harmable) -> Gone:
        if self.trouble == "stuck":
            raise NotGone("it cannot be removed")
        self._file.unlink(missing_ok=True)
        return Gone(now(), "the file is gone")


async def never_asked(ask: Ask) -> None:
    raise AssertionError("no phase of these asks anything")


class Stage:
    """One timeline with one fault in the middle, and what it left in its folder."""

    def __init__(self, folder: Path, trouble: str = "", ill: str | None = None, fault_s: float = 0.05) -> None:
        self.folder = folder
        self.stop = Stop()
        self.events = EventLog(folder)
        self.journal = Journal(folder)
        self.ill = ill
        self.turns: list[tuple[int, tuple[Pace, ...]]] = []
        self.drill = Drill(
            title="a scratch",
            loads=(Load(scenario="browse", rate=1),),
            timeline=(
                Phase(name="baseline", seconds=0.05),
                Phase(name="fault", seconds=fault_s, fault=Scratch(str(folder), trouble)),
                Phase(name="recovery", seconds=0.05),
            ),
        )

    async def turn(self, at: int, paces: tuple[Pace, ...]) -> None:
        self.turns.append((at, paces))

    async def play(self, progress: Progress | None = None) -> None:
        async def ask_whether_ill() -> str | None:
            return self.ill

        stack: Harmable = object()  # type: ignore[assignment]  # Scratch touches no stack
        timeline = Timeline(
            self.drill,
            stack,
            self.journal,
            self.events,
            progress or Progress(),
            random.Random(1),
            self.stop,
            ask_whether_ill,
            never_asked,
            self.turn,
        )
        await timeline.play(now())

    @property
    def steps(self) -> list[Step]:
        return [event.step for event in read_events(self.folder) if isinstance(event, FaultStep)]

    @property
    def phases(self) -> list[str]:
        return [event.name for event in read_events(self.folder) if isinstance(event, PhaseBegan)]

    @property
    def harmed(self) -> bool:
        return (self.folder / HARM).exists()


class Telling(Progress):
    """Does something when a phase begins."""

    def __init__(self, phase: str, then: Callable[[], object]) -> None:
        self._phase = phase
        self._then = then

    def phase(self, phase: Phase, drill: Drill) -> None:
        if phase.name == self._phase:
            self._then()


async def test_a_fault_that_takes_too_long_to_inject_is_given_up_and_healed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scratch, "patience_s", 0.02)
    stage = Stage(tmp_path, trouble="slow")
    with pytest.raises(Aborted, match=r"was not felt: it was not in effect after 0\.02 s"):
        await stage.play()
    assert stage.steps == [Step.ASKED, Step.NOT_FELT, Step.HEAL, Step.GONE]
    assert not stage.harmed


async def test_every_phase_takes_place_and_the_fault_is_felt_and_gone(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.play()
    assert stage.phases == ["baseline", "fault", "recovery"]
    assert stage.steps == [Step.ASKED, Step.FELT, Step.HEAL, Step.GONE]
    assert not stage.harmed
    assert not unhealed(tmp_path)


async def test_a_fault_phase_begins_when_the_stack_shows_the_fault_and_ends_when_it_is_gone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, trouble="slow")
    await stage.play()
    events = list(read_events(tmp_path))
    at = {event.step: event.t for event in events if isinstance(event, FaultStep)}
    (began,) = [event for event in events if isinstance(event, PhaseBegan) and event.name == "fault"]
    ends = {event.name: event.t for event in events if isinstance(event, PhaseEnded)}
    assert began.t == at[Step.FELT] == ends["baseline"]
    assert began.fault
    assert ends["fault"] == at[Step.GONE]
    assert seconds(at[Step.HEAL] - at[Step.FELT]) >= 0.05
    (felt,) = [event for event in events if isinstance(event, FaultStep) and event.step is Step.FELT]
    assert seconds(felt.uncertainty) >= 0.05


async def test_the_load_is_told_a_rate_as_soon_as_it_is_known_when_its_phase_begins(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    harm = Scratch(str(tmp_path))
    burst, less = Phase(name="burst", seconds=0.3, times=4), Phase(name="less", seconds=0.05, times=0.5)
    timeline = (
        Phase(name="baseline", seconds=0.05, times=2),
        Phase(name="fault", seconds=0.2, fault=harm, then=(burst, less)),
        Phase(name="recovery", seconds=0.3, times=3),
    )
    stage.drill = msgspec.structs.replace(stage.drill, timeline=timeline)
    assert foreseen(timeline) == (Pace(0.05, 2, 2),)
    await stage.play()
    began = {event.name: event.t for event in read_events(tmp_path) if isinstance(event, PhaseBegan)}
    (within, (rest, *following)), (after, (last,)) = stage.turns
    # What of the first phase has passed by then is not played any more; the others begin when their phases do.
    assert within - began["fault"] >= nanoseconds(TURN_LEAD_S)
    assert within + nanoseconds(rest.seconds) == pytest.approx(began["burst"], abs=1000)
    assert following == [burst.pace, less.pace]
    assert seconds(began["less"] - began["burst"]) == 0.3
    assert after - began["recovery"] >= nanoseconds(TURN_LEAD_S)
    assert (last.begin, last.end) == (3, 3)


async def test_a_load_whose_rate_stays_is_told_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.play()
    assert stage.turns == []


async def test_nothing_is_harmed_when_the_stack_is_ill_already(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ill="p95 was 3 s")
    with pytest.raises(Aborted, match=r"no fault was injected.*p95 was 3 s"):
        await stage.play()
    assert stage.phases == ["baseline"]
    assert stage.steps == []


async def test_a_fault_that_was_not_felt_ends_the_drill_and_is_healed(tmp_path: Path) -> None:
    stage = Stage(tmp_path, trouble="not felt")
    with pytest.raises(Aborted, match=r"scratch .* was not felt: nobody noticed"):
        await stage.play()
    assert stage.steps == [Step.ASKED, Step.NOT_FELT, Step.HEAL, Step.GONE]
    assert not stage.harmed
    assert not unhealed(tmp_path)


async def test_a_heal_that_fails_is_loud_and_the_drill_goes_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path, trouble="stuck")
    await stage.play()
    assert stage.steps == [Step.ASKED, Step.FELT, Step.HEAL, Step.NOT_GONE]
    assert stage.phases == ["baseline", "fault", "recovery"]
    assert unhealed(tmp_path)


@pytest.mark.parametrize("phase", ["fault", "recovery"])
async def test_cancelled_at_any_time_it_heals(phase: str, tmp_path: Path) -> None:
    stage = Stage(tmp_path, fault_s=30 if phase == "fault" else 0.05)
    playing = asyncio.create_task(stage.play(Telling(phase, lambda: playing.cancel())))  # noqa: PLW0108  # it does not exist yet
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert not stage.harmed
    assert not unhealed(tmp_path)
    assert stage.steps[-1] is Step.GONE


async def test_an_error_in_the_middle_heals(tmp_path: Path) -> None:
    def trip() -> None:
        raise RuntimeError("a progress that breaks")

    stage = Stage(tmp_path)
    with pytest.raises(RuntimeError):
        await stage.play(Telling("fault", trip))
    assert not stage.harmed
    assert not unhealed(tmp_path)


async def test_the_stop_condition_ends_a_long_phase_at_once_and_heals(tmp_path: Path) -> None:
    stage = Stage(tmp_path, fault_s=30)
    loop = asyncio.get_running_loop()
    with pytest.raises(Aborted, match="stopped in fault: enough"):
        await stage.play(Telling("fault", lambda: loop.call_soon(stage.stop.because, "enough")))
    assert not stage.harmed


async def test_a_disk_that_is_full_keeps_nothing_from_being_healed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def no_more_room() -> None:
        stage.events.close()

    with pytest.raises(OSError):  # noqa: PT011  # a closed file's own error
        await stage.play(Telling("fault", no_more_room))
    assert not stage.harmed
    assert not unhealed(tmp_path)


class Beneath(Scratch, tag="scratch-beneath", frozen=True):
    """One that cannot be seen gone as long as the other's harm is there; for ever, with a `trouble` of "stuck"."""

    @property
    def _file(self) -> Path:
        return Path(self.folder) / "beneath.txt"

    async def heal(self, stack: Harmable) -> Gone:
        gone = await super().heal(stack)
        if (Path(self.folder) / HARM).exists():
            raise NotGone("it does not serve")
        return gone


def overlapping(folder: Path, trouble: str = "") -> Stage:
    stage = Stage(folder)
    harmed = fault(Scratch(str(folder)), 0.05, then=fault(Beneath(str(folder), trouble), 0.05))
    timeline = (Phase(name="baseline", seconds=0.05), harmed, Phase(name="recovery", seconds=0.05))
    stage.drill = msgspec.structs.replace(stage.drill, timeline=timeline)
    return stage


async def test_an_inner_fault_that_only_the_outer_one_hides_is_gone_after_it(tmp_path: Path) -> None:
    stage = overlapping(tmp_path)
    await stage.play()
    steps = [event for event in read_events(tmp_path) if isinstance(event, FaultStep)]
    assert [(event.number, event.step) for event in steps] == [
        (1, Step.ASKED),
        (1, Step.FELT),
        (2, Step.ASKED),
        (2, Step.FELT),
        (2, Step.HEAL),
        (1, Step.HEAL),
        (1, Step.GONE),
        (2, Step.GONE),
    ]
    assert steps[-1].evidence == f"the file is gone; not to be seen under scratch {tmp_path}: it does not serve"
    [note] = [event for event in read_events(tmp_path) if isinstance(event, Noted)]
    assert note.text.startswith(f"scratch-beneath {tmp_path} could not be seen gone under scratch {tmp_path}")
    assert not note.problem
    assert stage.phases == ["baseline", "fault", "fault", "recovery"]
    began = next(e.t for e in read_events(tmp_path) if isinstance(e, PhaseBegan) and e.name == "recovery")
    assert began >= steps[-1].t
    assert not unhealed(tmp_path)


async def test_an_inner_fault_that_stays_after_the_outer_one_is_told_once(tmp_path: Path) -> None:
    stage = overlapping(tmp_path, trouble="stuck")
    await stage.play()
    assert stage.steps[-4:] == [Step.HEAL, Step.HEAL, Step.GONE, Step.NOT_GONE]
    [entry] = unhealed(tmp_path)
    assert entry.number == 2


async def test_an_inner_fault_has_the_time_to_wait_for_the_outer_ones_heal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the watchdog would take it for forgotten."""
    longest: list[float] = []
    injecting = Journal.injecting

    def noticed(journal: Journal, number: int, harm: Fault, longest_s: float) -> None:
        longest.append(longest_s)
        injecting(journal, number, harm, longest_s)

    monkeypatch.setattr(Journal, "injecting", noticed)
    await overlapping(tmp_path).play()
    outer, inner = longest
    assert outer >= 2 * (Scratch.patience_s + heal_patience_s(Scratch(str(tmp_path))))
    assert inner >= Scratch.patience_s + 3 * heal_patience_s(Scratch(str(tmp_path)))

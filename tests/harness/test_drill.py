"""Drill: what cannot be played or judged is wrong usage when the drill is made."""

import random
from math import inf, nan

import msgspec
import pytest

from chaos.faults.kill import Kill
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.recovered import Recovered
from harness.checks.slo import Slo, slo
from harness.drill import Drill, Load, Phase, Profile, baseline, fault, ramp, recovery, stairs, thresholds, warm_up
from harness.errors import UsageError
from harness.fault import Fault
from harness.run import Pace, PlannedLoad, PlannedPhase
from harness.stack import Hop, Role

KILL = Kill(Role.APP, "app-2")
TIMELINE = (warm_up(3), baseline(10), fault(KILL, 5), recovery(10))
DRILL = Drill(
    title="An instance dies",
    name="kill",
    loads=(Load(scenario="browse", rate=40), Load(scenario="chat", users=60)),
    timeline=TIMELINE,
    expect=(slo("http.p95 < 1s", during=("baseline", "recovery")), Recovered(within=10), NoWriteLost()),
    claims=("RES-KILL",),
)


@pytest.mark.parametrize("rate", [0.0, -1.0, nan, inf, 100_001.0])
def test_a_rate_that_cannot_be_played_is_refused(rate: float) -> None:
    with pytest.raises(UsageError) as error:
        Load(scenario="browse", rate=rate)
    assert str(error.value) == f"a rate of {rate:g} arrivals a second cannot be played: use 0 < rate <= 100000"


@pytest.mark.parametrize("rate", [0.001, 1, 100_000])
def test_any_other_rate_is_played(rate: float) -> None:
    assert Load(scenario="browse", rate=rate).rate == rate


def test_a_load_has_a_rate_or_users_and_not_both() -> None:
    for both_or_none in ({}, {"rate": 1.0, "users": 1}):
        with pytest.raises(UsageError, match="a load of 'browse' needs either a rate or a number of users"):
            Load(scenario="browse", **both_or_none)  # type: ignore[arg-type]


def test_a_rate_that_changes_is_told_by_the_phases() -> None:
    drill = Drill(
        title="a burst", loads=DRILL.loads[:1], timeline=(baseline(4), ramp(8, begin=0, end=3), *stairs(2, 1, 2.5))
    )
    assert drill.paced
    assert drill.most_times == 3
    assert [planned.pace for planned in drill.planned().timeline] == [None, Pace(8, 0, 3), None, Pace(2, 2.5, 2.5)]
    assert [phase.name for phase in drill.phases] == ["baseline", "ramp", "step-1", "step-2"]
    assert drill.planned().due("ramp", 8) == 40 * 12
    assert drill.scaled(0.5).planned().timeline[1].pace == Pace(4, 0, 3)
    assert not DRILL.paced


@pytest.mark.parametrize(("times", "until"), [(0, None), (-1, 1), (1, 0), (101, 1), (1, 101), (nan, 1), (1, inf)])
def test_a_rate_that_cannot_be_played_for_a_while_is_refused_too(times: float, until: float | None) -> None:
    with pytest.raises(UsageError, match=r"clients cannot arrive .* in the phase 'odd': use 0 < times <= 100"):
        Phase(name="odd", seconds=4, times=times, until=until)


def test_users_have_no_rate_that_could_change() -> None:
    with pytest.raises(UsageError, match="'x' changes the rate of a load of users, who have none"):
        Drill(title="x", loads=DRILL.loads, timeline=(Phase(name="burst", seconds=4, times=4),))


def test_what_has_another_rate_has_another_name() -> None:
    with pytest.raises(UsageError, match="'x' has two phases of one name with different rates"):
        Drill(title="x", loads=DRILL.loads[:1], timeline=(baseline(4), Phase(name="baseline", seconds=4, times=4)))


def test_several_phases_may_follow_within_a_fault() -> None:
    inner = (Phase(name="more", seconds=3, times=2), fault(KILL, 2), Phase(name="less", seconds=1))
    drill = Drill(title="x", loads=DRILL.loads[:1], timeline=(fault(KILL, 5, then=inner), recovery(4)))
    assert [phase.name for phase in drill.phases] == ["fault", "more", "fault", "less", "recovery"]
    assert [phase.name for phase in drill.scaled(0.5).phases] == ["fault", "more", "fault", "less", "recovery"]
    assert drill.scaled(0.5).phases[1].times == 2


def test_a_phase_is_cut_to_what_it_needs_at_the_least() -> None:
    timeline = (warm_up(2), baseline(30), Phase(name="fault", seconds=12, fault=KILL, least_s=10), recovery(6))
    drill = Drill(title="x", loads=DRILL.loads[:1], timeline=timeline)
    assert [phase.seconds for phase in drill.scaled(0.35).phases] == pytest.approx([2, 10.5, 10, 3])
    assert drill.scaled(1) == drill


def test_no_users_make_no_load() -> None:
    with pytest.raises(UsageError, match="0 users make no load: use 1 or more"):
        Load(scenario="chat", users=0)


@pytest.mark.parametrize("workers", [0, -1, 65])
def test_a_load_is_shared_by_1_to_64_workers(workers: int) -> None:
    with pytest.raises(UsageError, match=f"{workers} workers cannot play a load: use 1 to 64"):
        Load(scenario="browse", rate=1, workers=workers)


def test_users_are_shared_by_the_workers_and_none_twice() -> None:
    shared = Load(scenario="chat", users=8, workers=3)
    assert [shared.users_of(worker) for worker in range(3)] == [3, 3, 2]
    assert Load(scenario="browse", rate=5, workers=3).users_of(0) is None
    with pytest.raises(UsageError, match="3 workers cannot share 2 users"):
        Load(scenario="chat", users=2, workers=3)


@pytest.mark.parametrize("seconds", [0.0, -1.0, nan])
def test_a_phase_takes_time(seconds: float) -> None:
    with pytest.raises(UsageError, match=r"the phase 'baseline' lasts .* s: use more than 0"):
        baseline(seconds)


def test_an_expectation_of_a_phase_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        msgspec.structs.replace(DRILL, expect=(slo("http.p95 < 1s", during="chaos"),))
    assert str(error.value) == (
        "'An instance dies' expects 'http.p95 < 1s during chaos', but has no phase 'chaos'"
        ": its phases are warm-up, baseline, fault, recovery"
    )
    with pytest.raises(UsageError, match="expects 'recovered within 10 s', but has no phase 'recovery'"):
        Drill(title="x", loads=(), timeline=(baseline(1),), expect=(Recovered(within=10),))


def test_expectations_are_flattened_in_their_order() -> None:
    assert DRILL.checks == (
        Slo(threshold="http.p95 < 1s", phase="baseline"),
        Slo(threshold="http.p95 < 1s", phase="recovery"),
        Recovered(within=10),
        NoWriteLost(),
    )


def test_a_drill_lasts_as_long_as_its_phases() -> None:
    assert DRILL.seconds == 28


def test_a_drill_as_planned_is_plain_data() -> None:
    planned = DRILL.planned()
    assert (planned.name, planned.title, planned.claims) == ("kill", "An instance dies", ("RES-KILL",))
    assert planned.loads == (PlannedLoad(scenario="browse", rate=40), PlannedLoad(scenario="chat", users=60))
    assert planned.timeline == (
        PlannedPhase(name="warm-up", seconds=3),
        PlannedPhase(name="baseline", seconds=10),
        PlannedPhase(name="fault", seconds=5, fault="kill"),
        PlannedPhase(name="recovery", seconds=10),
    )
    assert [msgspec.json.decode(check)["check"] for check in planned.checks] == [
        "slo",
        "slo",
        "recovered",
        "no-write-lost",
    ]


def test_each_profile_includes_those_before_it() -> None:
    included = {profile: [other for other in Profile if profile.includes(other)] for profile in Profile}
    assert included == {
        Profile.QUICK: [Profile.QUICK],
        Profile.STANDARD: [Profile.QUICK, Profile.STANDARD],
        Profile.FULL: [Profile.QUICK, Profile.STANDARD, Profile.FULL],
    }


def test_a_threshold_without_a_phase_is_for_every_phase() -> None:
    assert thresholds(["http.p95 < 1s", "http.errors < 1% during fault"], ("baseline", "fault")) == (
        Slo(threshold="http.p95 < 1s", phase="baseline", own=True),
        Slo(threshold="http.p95 < 1s", phase="fault", own=True),
        Slo(threshold="http.errors < 1%", phase="fault", own=True),
    )
    assert thresholds([], ("baseline",)) == ()


def test_a_threshold_of_a_phase_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError) as error:
        thresholds(["http.p95 < 1s during chaos"], ("baseline", "fault"))
    assert str(error.value) == (
        "the threshold 'http.p95 < 1s during chaos' names the phase 'chaos': choose from baseline, fault"
    )


def test_a_threshold_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(UsageError, match="the threshold 'fast' cannot be read"):
        thresholds(["fast"], ("baseline",))


def test_a_phase_of_one_s_own_is_a_phase() -> None:
    drill = Drill(
        title="x", loads=(), timeline=(Phase(name="load", seconds=2),), expect=(slo("http.rate > 1", during="load"),)
    )
    assert [check.describe() for check in drill.checks] == ["http.rate > 1 during load"]


class Cracked(Fault, tag="cracked", frozen=True):
    """Of some hop."""

    @property
    def hops(self) -> tuple[Hop, ...]:
        return (Hop.APP_CACHE,)


def test_a_drawn_timeline_is_the_seed_s_and_the_proxy_stands_for_whatever_may_be_drawn() -> None:
    def drawn(draw: random.Random) -> tuple[Phase, ...]:
        return (baseline(draw.randint(1, 1000)),)

    drill = Drill(title="random", timeline=(baseline(1),), drawn=drawn, may_draw=(Cracked(),))
    assert drill.of_seed(4).timeline == drill.of_seed(4).timeline != drill.of_seed(5).timeline
    assert drill.of_seed(4).hops == drill.hops == (Hop.APP_CACHE,)


def test_a_drill_that_draws_nothing_is_the_same_for_every_seed() -> None:
    drill = Drill(title="plain", timeline=(baseline(1),))
    assert drill.of_seed(4) is drill

from harness.checks.no_trend import NoTrend
from harness.checks.no_write_lost import NoWriteLost
from harness.checks.slo import slo
from harness.drill import Drill, Load, Phase, Profile, warm_up

# An instance grows by 3 MiB in its first minute under load: that is left to the warm-up.
DRILL = Drill(
    title="The stated load for minutes, or hours by --duration: nothing creeps, in the target or in the harness",
    loads=(Load(scenario="browse", rate=100),),
    timeline=(warm_up(170), Phase(name="soak", seconds=150)),
    expect=(
        slo("http.p95 < 1s", during="soak"),
        slo("http.errors < 1%", during="soak"),
        NoTrend(role="app", figure="rss_bytes", most_a_minute=0.75, phase="soak"),
        NoTrend(role="app", figure="fds", most_a_minute=2, phase="soak"),
        NoTrend(role="app", figure="threads", most_a_minute=1, phase="soak"),
        NoTrend(role="pool", figure="clients", most_a_minute=2, phase="soak"),
        NoTrend(role="db", figure="connections", most_a_minute=2, phase="soak"),
        NoTrend(figure="http.p50", most_a_minute=10, phase="soak"),
        NoTrend(role="harness", figure="rss_bytes", most_a_minute=2, phase="soak"),
        NoTrend(role="generator", figure="rss_bytes", most_a_minute=2, phase="soak"),
        NoWriteLost(),
    ),
    profile=Profile.FULL,
)

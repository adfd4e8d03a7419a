"""What a post-mortem tells of a failure beyond its checks: log lines, gauges that moved, the worst window."""

from pathlib import Path

import msgspec
import pytest

from harness.clock import ClockOffset
from harness.run import Run
from reports.logs import telling
from reports.moved import moved
from reports.secrets import MASK, masked
from reports.worst import worst
from tests.builders import ORIGIN, err, fault, gauge, ok, phase, plan_of, record, run_of, steady

HARM = (phase("baseline", 0, 10), phase("fault", 10, 20), fault(asked=10, felt=10.1, heal=19, gone=20))


def logged(folder: Path, **logs: str) -> Run:
    """A run that began at 12:00:00 UTC, with these logs."""
    plan = plan_of()
    clock = ClockOffset(ORIGIN, "2026-03-01T12:00:00.000000+00:00")
    record(folder, *HARM, steady(0, 20), plan=msgspec.structs.replace(plan, clock=clock))
    (folder / "logs").mkdir()
    for name, text in logs.items():
        (folder / "logs" / f"{name}.log").write_text(text)
    return Run.open(folder)


def test_each_kind_of_log_is_placed_on_the_runs_time(tmp_path: Path) -> None:
    run = logged(
        tmp_path,
        app='{"time":"2026-03-01T12:00:11.500000Z","level":"error","event":"it broke","reason":"gone"}\n',
        cache="1:M 01 Mar 2026 12:00:12.250 # WARNING all is lost\n",
        db="2026-03-01 12:00:13.125 UTC [49] FATAL:  the end\n",
        lb='10.0.0.1:52 [01/Mar/2026:12:00:14.000] clients app/app-1 0/0/0/2/2 503 106 - - SC-- 1/1 "GET /"\n'
        "[ALERT] (7) : backend has no server\n",
    )
    assert [(line.log, line.at, line.about, line.text.partition(" ")[0]) for line in telling(run)] == [
        ("app", 11.5, False, "error"),
        ("cache", 12.25, False, "1:M"),
        ("db", 13.125, False, "2026-03-01"),
        ("lb", 14.0, False, "10.0.0.1:52"),
        ("lb", 14.0, True, "[ALERT]"),
    ]
    assert telling(run)[0].text == "error it broke reason=gone"


def test_lines_that_differ_only_in_figures_are_one(tmp_path: Path) -> None:
    lines = "".join(f"2026-03-01 12:00:1{n}.000 UTC [{n}] ERROR: query {n} was cancelled\n" for n in range(1, 6))
    (line,) = telling(logged(tmp_path, db=lines))
    assert (line.at, line.times) == (11.0, 5)


def test_what_was_said_before_and_after_or_is_no_trouble_is_left_out(tmp_path: Path) -> None:
    at = "2026-03-01 12:00:{:06.3f} UTC ERROR: {}\n"
    text = "ERROR: without a time\n" + at.format(5, "early") + "2026-03-01 12:00:12.000 UTC LOG: all well\n"
    assert telling(logged(tmp_path, db=text + at.format(30, "late"))) == []


def test_the_gravest_are_told_and_of_one_log_not_all(tmp_path: Path) -> None:
    words = ("red", "green", "blue", "grey")
    text = "".join(f"2026-03-01 12:00:11.000 UTC WARNING: {word}\n" for word in words)
    found = telling(logged(tmp_path, db=text + "2026-03-01 12:00:15.000 UTC FATAL: black\n"))
    assert len(found) == 3
    assert found[-1].text.endswith("FATAL: black")


@pytest.mark.parametrize("text", ["\x00\xff ERROR", "{not json", '["a list"]', "2026-99-99 99:99:99 UTC ERROR: never"])
def test_a_log_that_cannot_be_read_says_nothing(text: str, tmp_path: Path) -> None:
    assert telling(logged(tmp_path, db=text)) == []


def test_a_run_without_a_folder_has_no_lines() -> None:
    assert telling(run_of(*HARM)) == []


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-123", "abc.def"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl refused", "eyJ"),
        ("connect postgresql://app:s3cret@db:5432/app failed", "s3cret"),
        ("JWT_SECRET=hunter2 is weak", "hunter2"),
        ('{"password": "two words", "a": 1}', "two words"),
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIA"),
        ("no account for ann@example.org", "ann@"),
        ("hash $argon2id$v=19$m=65536$abc$def", "argon2"),
        ("set-cookie: session=abcdef; Path=/", "abcdef"),
    ],
)
def test_secrets_are_masked(text: str, secret: str) -> None:
    assert secret not in masked(text)
    assert MASK in masked(text)


def test_the_rest_of_a_line_is_kept() -> None:
    assert masked("ERROR:  relation posts at 10.0.0.1:5432") == "ERROR:  relation posts at 10.0.0.1:5432"
    assert masked("connect postgresql://app:s3cret@db:5432/app") == f"connect postgresql://{MASK}@db:5432/app"


def test_a_gauge_that_left_its_usual_values_moved() -> None:
    waiting = [gauge(t, "pool", "pool", "clients_waiting", 40 if 12 <= t < 15 else t % 2) for t in range(20)]
    steady_one = [gauge(t, "app", "app-1", "cpu_percent", 20 + 5 * (t % 2)) for t in range(20)]
    (one,) = moved(run_of(*HARM, waiting, steady_one))
    assert str(one).startswith("pool, clients waiting: from 0")
    assert str(one).endswith("to 40 at 12.0 s")


def test_a_counter_is_told_as_a_rate() -> None:
    total = [gauge(t, "cache", "cache", "hits_total", 50 * min(t, 12)) for t in range(20)]
    (one,) = moved(run_of(*HARM, total))
    assert str(one) == "cache, hits: from 50 /s to 0 /s at 13.0 s"


def test_without_harm_or_without_a_time_before_it_nothing_moved() -> None:
    samples = [gauge(t, "lb", "app-1", "up", t < 5) for t in range(20)]
    assert moved(run_of(phase("baseline", 0, 20), steady(0, 20), samples)) == []
    assert moved(run_of(phase("baseline", 0, 20), err(0), samples)) == []


def test_the_worst_window_is_where_most_failed() -> None:
    found = worst(run_of(phase("baseline", 0, 20), steady(0, 20), [err(8 + k / 10) for k in range(10)]))
    assert found is not None
    assert found.failed == 10
    assert 6 <= found.begin <= 8 < found.end


def test_where_none_failed_it_is_the_slowest_and_warming_up_does_not_count() -> None:
    slow = [ok(12 + k / 20, 0.5) for k in range(20)]
    cold = [ok(k / 20, 2.0) for k in range(20)]
    things = (phase("warm-up", 0, 3), phase("baseline", 3, 20), cold, steady(1, 12), slow, steady(13, 20))
    found = worst(run_of(*things))
    assert found is not None
    assert (found.failed, found.p95) == (0, 0.5)
    assert found.begin < 13
    assert found.end > 12


def test_no_window_is_told_of_a_run_without_requests() -> None:
    assert worst(run_of(phase("baseline", 0, 20))) is None

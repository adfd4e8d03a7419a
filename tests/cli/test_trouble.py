"""Bad input and trouble: one clear line that says what to do, the documented status, no traceback, nothing left."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import ExitStatus
from tests.cli.commands import say, tiny_server
from tests.conductor.harnesses import Remains, harness

USAGE, INCONCLUSIVE, STACK = 2, 3, 4

WRONG_USAGE = {
    "an unknown command": (["wreck"], "No such command 'wreck'"),
    "an unknown flag": (["verify", "--wreck"], "No such option"),
    "an unknown drill": (
        ["drill", "kill-everything"],
        r"no drill named 'kill-everything': `harness drills` lists all \d+$",
    ),
    "a drill's name mistyped": (
        ["drill", "kil-instance"],
        r"no drill named 'kil-instance': did you mean kill-instance",
    ),
    "an unknown profile": (["verify", "--profile", "slow"], "'slow' is not one of"),
    "an unknown defect": (["selftest", "gremlins"], r"no defect named 'gremlins': `harness selftest --list` lists all"),
    "an unknown defect to list": (
        ["selftest", "slow-fed", "--list"],
        r"no defect named 'slow-fed': did you mean slow-feed",
    ),
    "a sample of none": (["selftest", "--sample", "0"], r"'--sample': 0 is not in the range"),
    "rounds that are no number": (["selftest", "--rounds", "many"], r"'--rounds': 'many' is not a valid int"),
    "drills longer than they are": (["selftest", "--scale", "2"], r"'--scale': 2\.0 is not in the range"),
    "a self-test kept in a folder": (["selftest", "--resume", "."], r"'\.' is a directory"),
    "a self-test kept where there is none": (["selftest", "--resume", "notes.txt"], r"does not hold a self-test"),
    "tables that cannot be written": (
        ["selftest", "--markdown", "nowhere/table.md"],
        r"the tables cannot be written to nowhere/table\.md: No such file or directory",
    ),
    "defects in what runs already": (
        ["selftest", "--stack", "http://127.0.0.1:9"],
        r"defects cannot be put into http://127\.0\.0\.1:9, which runs already",
    ),
    "an unknown claim": (["claims", "SEC-ALL"], r"no claim named 'SEC-ALL': did you mean SEC-"),
    "an unknown checklist": (["checklist", "later"], r"no checklist named 'later': .*before, during, after"),
    "an unknown kind of stack": (["verify", "--stack", "moon"], r"no kind of stack named 'moon'.*embedded"),
    "an unknown scenario": (["load", "dance", "--rate", "1"], r"no scenario named 'dance'.*browse"),
    "a locustfile that is not there": (["load", "./nope.py", "--rate", "1"], r"no locustfile \./nope\.py"),
    "no rate": (["load", "browse"], "either --rate or --users"),
    "a rate of none": (["load", "browse", "--rate", "0"], "a rate of 0 arrivals a second cannot be played"),
    "a rate below none": (["load", "browse", "--rate", "-5"], "a rate of -5"),
    "a rate that is no number": (["load", "browse", "--rate", "fast"], "'fast' is not a valid float"),
    "a rate that is not finite": (["load", "browse", "--rate", "nan"], "a rate of nan"),
    "a duration that is none": (["load", "browse", "--rate", "1", "--duration", "soon"], "'soon' is not a duration"),
    "too many workers": (["load", "browse", "--rate", "1", "--workers", "0"], "0 workers cannot play a load"),
    "a threshold that does not parse": (
        ["drill", "steady", "--threshold", "p95 is small"],
        r"threshold 'p95 is small' cannot be read.*http\.p95 < 1s",
    ),
    "a threshold on no metric": (["drill", "steady", "--threshold", "http.p96 < 1s"], r"no known metric.*http\.p95"),
    "a threshold with a wrong unit": (["drill", "steady", "--threshold", "http.p95 < 1%"], r"has the unit %.*'ms'"),
    "a threshold for no phase": (
        ["drill", "steady", "--threshold", "http.p95 < 1s during lunch"],
        r"names the phase 'lunch'.*baseline",
    ),
    "a host that is not allowed": (
        ["load", "browse", "--rate", "1", "--host", "http://192.0.2.1"],
        r"load to 192\.0\.2\.1 is not allowed.*harness\.toml",
    ),
    "a host that is no URL": (["load", "browse", "--rate", "1", "--host", "ftp://x"], r"'ftp://x' is not a URL"),
    "a folder that is no run": (["report", "."], r"\. is not a run's folder"),
    "a program that is none": (["drill", "steady"], r"servers\.haproxy names /nowhere/haproxy, which is not a program"),
}


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage_is_one_line_and_status_2(case: str, tmp_path: Path) -> None:
    arguments, message = WRONG_USAGE[case]
    remains = Remains()
    environment = {"HARNESS_HAPROXY": "/nowhere/haproxy"} if case == "a program that is none" else {}
    (tmp_path / "notes.txt").write_text("no self-test\n")
    said = say(*arguments, folder=tmp_path, **environment)
    assert said.status == USAGE, said
    assert re.search(message, said.err), said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    remains.none_after(0.5)


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").write_text("[generator]\nlag_p99 = 3\n")
    said = say("drill", "steady", folder=tmp_path)
    assert said.status == USAGE
    assert "harness.toml" in said.err
    assert "lag_p99" in said.err


def test_a_locustfile_with_a_mistake_is_wrong_usage_and_says_where(tmp_path: Path) -> None:
    file = tmp_path / "mistaken.py"
    file.write_text("from locust import FastHttpUser, task\n\nraise KeyError('oops')\n")
    with tiny_server() as url:
        said = say("load", str(file), "--rate", "5", "--duration", "1s", "--host", url, folder=tmp_path)
    assert said.status == USAGE
    assert re.search(r"mistaken\.py cannot be used as a scenario: KeyError: 'oops' \(.*mistaken\.py:3\)", said.err)
    assert "Traceback" not in said.err


def test_nobody_at_the_url_is_status_4(tmp_path: Path) -> None:
    said = say("load", "browse", "--rate", "5", "--host", "http://127.0.0.1:9", folder=tmp_path)
    assert said.status == STACK
    assert "nobody can be reached at http://127.0.0.1:9" in said.err


def test_a_port_that_is_taken_is_status_4_and_named(tmp_path: Path) -> None:
    remains = Remains()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        said = say("up", "--port", str(port), folder=tmp_path)
    assert said.status == STACK
    assert f"port {port} on 127.0.0.1 cannot be used (Address already in use)" in said.err
    remains.none_after(0.5)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A balancer that ends as soon as it is started."""
    broken = tmp_path / "haproxy"
    broken.write_text("#!/bin/sh\n[ \"$1\" = -v ] && { echo HAProxy 0; exit; }\necho 'no, thank you' >&2\nexit 7\n")
    broken.chmod(0o755)
    return broken


def test_when_no_stack_can_start_the_other_drills_are_not_tried(broken: Path, tmp_path: Path) -> None:
    drills = ("steady", "spike", "ramp", "cascade", "soak")
    said = say("drill", *drills, folder=tmp_path, HARNESS_HAPROXY=str(broken))
    assert said.status == STACK
    assert "ramp (3 of 5)" in said.err
    assert "4 of 5" not in said.err
    assert said.lines[-1].startswith("harness: lb ended while starting")


def test_a_server_that_does_not_start_is_status_4_and_its_last_words_are_shown(broken: Path, tmp_path: Path) -> None:
    remains = Remains()
    said = say("drill", "steady", folder=tmp_path, HARNESS_HAPROXY=str(broken))
    assert said.status == STACK
    assert "lb ended while starting" in said.err
    assert "no, thank you" in said.err
    assert "Traceback" not in said.err
    remains.none_after(0.5)


def test_faults_are_refused_on_a_stack_that_is_not_ours(tmp_path: Path) -> None:
    with tiny_server() as url:
        said = say("drill", "kill-instance", "--stack", url, folder=tmp_path)
    assert said.status == USAGE
    assert "kill-instance is not applicable: kill one app cannot be done to the remote stack" in said.err


def test_a_second_harness_on_the_same_stack_is_refused_and_the_first_is_named(tmp_path: Path) -> None:
    load = ["load", "benchmarks/locustfiles/stock.py", "--rate", "20", "--duration", "20s"]
    with tiny_server() as url, harness(["-m", "harness.cli.main", *load, "--host", url], tmp_path) as first:
        first.until_it_says("load for 20 s")
        said = say("load", "browse", "--rate", "5", "--host", url, folder=tmp_path)
        assert said.status == STACK
        assert f"in use by process {first.process.pid} (harness drill load" in said.err
        first.signal(signal.SIGINT)
        assert first.ends_with() == 130


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, with 60 MiB of room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60m", "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_full_before_is_wrong_usage(small_disk: Path) -> None:
    _fill(small_disk, leave=1_000_000)
    said = say("drill", "steady", folder=small_disk)
    assert said.status == USAGE
    assert "MiB are free where runs are recorded" in said.err


@pytest.mark.parametrize("moment", ["baseline for", "fault for"])
def test_a_disk_that_fills_up_ends_the_drill_heals_and_says_so(moment: str, small_disk: Path) -> None:
    remains = Remains()
    output = small_disk.parent / "run"
    output.mkdir()
    environment = {"HARNESS_RUNS": str(small_disk)}
    with harness(["-m", "tests.conductor.short", "kill-instance", "1"], output, environment) as victim:
        victim.until_it_says(moment)
        _fill(small_disk)
        status = victim.ends_with()
        assert status == INCONCLUSIVE, victim.said
        assert "No space left on device" in victim.said
        assert "free some room" in victim.said
        assert "Traceback" not in victim.said
        remains.none_after(3)


def _fill(disk: Path, leave: int = 0) -> None:
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with (disk / "filler").open("wb", buffering=0) as filler:
        block = b"\0" * 65536
        try:
            while leave == 0 or filler.tell() < free - leave:
                filler.write(block)
        except OSError:
            return


def test_output_that_nobody_reads_to_the_end_is_no_error(tmp_path: Path) -> None:
    for seen in ("| head -c 10", "| true", "2>&1 | true"):
        command = f"set -o pipefail; {sys.executable} -m harness.cli.main drills {seen}"
        done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), seen


def test_output_that_nobody_reads_changes_no_exit_status() -> None:
    command = f"set -o pipefail; {sys.executable} -m harness.cli.main run no-such-drill 2>&1 | true"
    assert subprocess.run(["bash", "-c", command], check=False).returncode == ExitStatus.USAGE


def test_a_disk_that_is_full_takes_the_output_and_not_the_exit_status() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "harness.cli.main", "drills"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 0
    assert done.stderr == b"harness: the rest of what is printed is lost: No space left on device\n"


def test_a_locustfile_may_print_what_it_likes(tmp_path: Path) -> None:
    file = tmp_path / "chatty.py"
    file.write_text(
        "from locust import FastHttpUser, task\n\n\nclass Chatty(FastHttpUser):\n    @task\n    def get(self):\n"
        "        print('x' * 2000, flush=True)\n        self.client.get('/')\n"
    )
    with tiny_server() as url:
        load = ["load", str(file), "--rate", "50", "--duration", "2s", "--host", url]
        said = say(*load, folder=tmp_path)
    assert said.status == 0, said
    (log,) = tmp_path.glob("runs/*/logs/load-chatty-0.log")
    assert "x" * 2000 in log.read_text()


def test_clients_that_cannot_be_made_are_no_pass(tmp_path: Path) -> None:
    file = tmp_path / "scarce.py"
    file.write_text(
        "from locust import FastHttpUser, task\n\n\nclass Scarce(FastHttpUser):\n    made = 0\n\n"
        "    def __init__(self, environment):\n        super().__init__(environment)\n        Scarce.made += 1\n"
        "        if Scarce.made > 10:\n            raise RuntimeError('no more of us')\n\n    @task\n"
        "    def get(self):\n        import gevent\n\n        self.client.get('/')\n        gevent.sleep(3)\n"
    )
    with tiny_server() as url:
        said = say("load", str(file), "--rate", "20", "--duration", "3s", "--host", url, folder=tmp_path)
    assert said.status == INCONCLUSIVE, said
    assert "no more clients arrive: RuntimeError('no more of us')" in said.err
    assert "Traceback" not in said.err


def test_a_drill_that_goes_wrong_does_not_take_the_verdicts_of_the_others_along(tmp_path: Path) -> None:
    remains = Remains()
    with tiny_server() as url:
        said = say("drill", "steady", "kill-instance", "--stack", url, "--json", folder=tmp_path)
    # The tiny server knows no login: steady is judged, and kill-instance cannot be run there at all.
    answer = json.loads(said.out)
    assert [drill["name"] for drill in answer["drills"]] == ["steady"]
    assert [drill["name"] for drill in answer["not_applicable"]] == ["kill-instance"]
    assert answer["verdict"] != "pass"
    remains.none_after(0.5)


@pytest.mark.parametrize("url", ["http://[::1", "http://a..b/", f"http://{'x' * 70}.test/", "http://127.0.0.1:99999"])
def test_a_url_that_is_none_is_wrong_usage(url: str, tmp_path: Path) -> None:
    said = say("load", "browse", "--rate", "1", "--host", url, folder=tmp_path)
    assert said.status == USAGE, said
    assert "Traceback" not in said.err


def test_without_a_home_it_works_all_the_same(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    environment |= {"HOME": "/nowhere", "HARNESS_RUNS": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", "status"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_terminal_that_is_gone_changes_no_verdict(tmp_path: Path) -> None:
    stock = Path("benchmarks/locustfiles/stock.py").resolve()
    with tiny_server() as url:
        command = (
            f"set -o pipefail; {sys.executable} -m harness.cli.main load {stock} --rate 20 --duration 2s --host {url}"
        )
        done = subprocess.run(
            ["bash", "-c", f"{command} 2>&1 | head -1"],
            env=os.environ | {"HARNESS_RUNS": str(tmp_path)},
            capture_output=True,
            check=False,
        )
    assert done.returncode == 0
    (run,) = tmp_path.iterdir()
    assert (run / "report.html").exists()

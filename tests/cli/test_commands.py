"""The commands as people and machines use them, on real servers."""

import json
import os
import pty
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from harness.cli.options import all_drills
from tests.cli.commands import HARNESS, say, tiny_server
from tests.conductor.harnesses import Remains

NS = 1_000_000_000


def test_load_on_a_locustfile_that_knows_nothing_of_this_harness(tmp_path: Path) -> None:
    stock = Path("benchmarks/locustfiles/stock.py").resolve()
    with tiny_server() as url:
        load = ["load", str(stock), "--rate", "100", "--duration", "3s", "--host", url, "--json"]
        said = say(*load, folder=tmp_path)
    assert said.status == 0, said
    answer = json.loads(said.out)
    assert answer["verdict"] == "pass"
    (drill,) = answer["drills"]
    assert (drill["name"], drill["verdict"]) == ("load", "pass")
    run = Path(drill["run"])
    (file,) = (run / "requests").glob("*.arrow")
    with pa.ipc.open_stream(file.read_bytes()) as stream:
        table = stream.read_all()
    assert {str(table.schema.field(name).type) for name in ("intended", "started", "finished")} == {"int64"}
    intended = sorted(table["intended"].to_pylist())
    assert 300 <= len(intended) <= 302
    assert {after - before for before, after in pairwise(intended)} == {NS // 100}
    for name in ("run.json", "events.jsonl", "gauges.arrow", "verdict.json", "report.html", "timeline.png"):
        assert (run / name).stat().st_size > 0


def test_workers_share_one_schedule(tmp_path: Path) -> None:
    stock = Path("benchmarks/locustfiles/stock.py").resolve()
    with tiny_server() as url:
        load = ["load", str(stock), "--rate", "60", "--duration", "2s", "--workers", "2", "--host", url, "--json"]
        said = say(*load, folder=tmp_path)
    assert said.status == 0, said
    files = sorted((Path(json.loads(said.out)["drills"][0]["run"]) / "requests").glob("*.arrow"))
    assert len(files) == 2
    parts = [pa.ipc.open_stream(file.read_bytes()).read_all()["intended"].to_pylist() for file in files]
    assert not set(parts[0]) & set(parts[1])
    together = sorted(parts[0] + parts[1])
    assert len(together) == len(set(together))
    assert {round((b - a) * 60 / NS, 3) for a, b in pairwise(together[:-2])} == {1.0}


def test_a_threshold_that_does_not_hold_is_status_1_and_report_says_the_same_again(tmp_path: Path) -> None:
    stock = Path("benchmarks/locustfiles/stock.py").resolve()
    with tiny_server() as url:
        load = ["load", str(stock), "--rate", "50", "--duration", "2s", "--host", url, "--json"]
        said = say(*load, "--threshold", "http.requests > 1000000", folder=tmp_path)
    assert said.status == 1
    run = json.loads(said.out)["drills"][0]["run"]
    before = (Path(run) / "report.html").read_bytes()
    again = say("report", run, folder=tmp_path)
    assert again.status == 1
    assert "1 " in again.out or "fail" in again.out
    assert (Path(run) / "report.html").read_bytes() == before


def test_load_where_every_request_fails_is_no_pass(tmp_path: Path) -> None:
    file = tmp_path / "lost.py"
    file.write_text(
        "from locust import FastHttpUser, task\n\n\nclass Lost(FastHttpUser):\n    @task\n"
        "    def get(self):\n        self.client.get('http://127.0.0.1:9/')\n"
    )
    with tiny_server() as url:
        said = say("load", str(file), "--rate", "20", "--duration", "2s", "--host", url, folder=tmp_path)
    assert said.status == 3
    assert "no request was answered" in said.err


@pytest.mark.parametrize("flags", [["--headless", "-u", "5", "-r", "5", "-t", "3s", "--only-summary"]])
def test_the_scenario_is_a_plain_locustfile(flags: list[str], tmp_path: Path) -> None:
    up = say("up", "--detach", "--instances", "1", folder=tmp_path)
    assert up.status == 0, up
    url = up.out.strip()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", "scenarios/browse.py", "--host", url, *flags],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "GET /feed" in done.stderr + done.stdout
    finally:
        assert say("down", folder=tmp_path).status == 0


def test_up_status_down(tmp_path: Path) -> None:
    remains = Remains()
    up = say("up", "--detach", folder=tmp_path)
    assert up.status == 0, up
    url = up.out.strip()
    assert httpx.get(f"{url}/health", trust_env=False).json()["status"] == "ok"
    (stack,) = json.loads(say("status", "--json", folder=tmp_path).out)
    assert (stack["url"], stack["purpose"], stack["owner_lives"]) == (url, "up", True)
    second = say("up", folder=tmp_path)
    assert second.status == 4
    assert "in use by process" in second.err
    assert say("down", folder=tmp_path).out == f"stopped {url}\n"
    remains.none_after(0.5)
    assert say("down", folder=tmp_path).out == "no stack is up\n"
    assert say("status", folder=tmp_path).out == "no stack is running\n"


def test_doctor_finds_every_server_that_is_needed(tmp_path: Path) -> None:
    said = say("doctor", "--json", folder=tmp_path)
    assert said.status == 0
    assert {item["what"] for item in json.loads(said.out) if item["needed"] and item["there"]} >= {
        "postgres",
        "redis",
        "haproxy",
    }


def test_doctor_does_not_want_docker_but_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    said = say("doctor", "--json", folder=tmp_path, DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert said.status == 0
    items = {item["what"]: item for item in json.loads(said.out)}
    assert not items["docker"]["there"]
    assert not items["docker"]["needed"]
    assert "no Docker daemon answers" in items["docker"]["detail"]
    assert "docker compose" in items


@pytest.mark.usefixtures("docker")
def test_doctor_tells_of_docker(tmp_path: Path) -> None:
    items = {item["what"]: item for item in json.loads(say("doctor", "--json", folder=tmp_path).out)}
    assert items["docker"]["there"]
    assert "cgroup v" in items["docker"]["detail"]
    assert items["docker compose"]["there"]
    assert items["docker limits"]["there"]
    assert items["docker images"]["detail"].startswith("there is no docker-compose.yml here")


@pytest.mark.usefixtures("docker")
def test_doctor_names_the_images_that_are_missing(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text("services: {a: {image: 'harness-test-nothing:1'}}")
    items = {item["what"]: item for item in json.loads(say("doctor", "--json", folder=tmp_path).out)}
    assert not items["docker images"]["there"]
    assert "the daemon has no image harness-test-nothing:1: `make images`" in items["docker images"]["detail"]


def test_a_dry_run_shows_targets_and_undo_and_touches_nothing(tmp_path: Path) -> None:
    remains = Remains()
    said = say("drill", "kill-instance", "--dry-run", folder=tmp_path)
    assert said.status == 0
    assert "kill one app; undo: start one app again" in said.out
    assert not (tmp_path / "runs").exists()
    remains.none_after(0)


def test_a_dry_run_shows_at_which_rate_clients_arrive(tmp_path: Path) -> None:
    said = say("drill", "spike", "ramp", "--dry-run", folder=tmp_path)
    assert "  burst          8 s  at 4 times the rate\n" in said.out
    assert "  ramp          20 s  from 0.1 to 1 times the rate\n" in said.out


def test_a_dry_run_of_every_drill_shows_every_target_and_undo_and_touches_nothing(tmp_path: Path) -> None:
    remains, drills = Remains(), all_drills()
    said = say("drill", *(drill.name for drill in drills), "--dry-run", folder=tmp_path)
    assert said.status == 0, said.err
    for drill in drills:
        for harm in (phase.fault for phase in drill.phases if phase.fault):
            assert f"{harm.describe()}; undo: {harm.undo()}" in said.out, drill.name
    assert not (tmp_path / "runs").exists()
    remains.none_after(0)


def test_a_dry_run_says_what_does_not_fit_the_stack(tmp_path: Path) -> None:
    embedded = say("drill", "full-disk", "kill-instance", "--dry-run", folder=tmp_path)
    assert embedded.out.count("not applicable") == 1
    assert "full-disk is not applicable: fill /data/uploads of one app cannot be done to the embedded" in embedded.out
    remote = say("drill", "steady", "kill-instance", "--dry-run", "--stack", "http://127.0.0.1:9", folder=tmp_path)
    assert remote.out.count("not applicable") == 1
    assert "kill-instance is not applicable: kill one app cannot be done to the remote stack" in remote.out


@pytest.mark.parametrize("columns", [30, 100])
def test_progress_fits_a_terminal_of_any_width(columns: int, tmp_path: Path) -> None:
    stock = Path("benchmarks/locustfiles/stock.py").resolve()
    with tiny_server() as url:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*HARNESS, "load", str(stock), "--rate", "20", "--duration", "2s", "--host", url],
            stdout=theirs,
            stderr=theirs,
            env=os.environ | {"HARNESS_RUNS": str(tmp_path), "COLUMNS": str(columns), "TERM": "xterm-256color"},
        )
        os.close(theirs)
        shown = b""
        try:
            while chunk := os.read(ours, 4096):
                shown += chunk
        except OSError:
            pass  # the terminal is gone with its last process
        os.close(ours)
    assert process.wait() == 0, shown
    assert b"Traceback" not in shown
    assert b"load" in shown


def test_verify_leaves_out_what_the_stack_cannot_do_and_never_passes_it(tmp_path: Path) -> None:
    with tiny_server() as url:
        said = say("drill", "kill-instance", "drop-redis", "--stack", url, "--json", folder=tmp_path)
    answer = json.loads(said.out)
    assert [drill["name"] for drill in answer["not_applicable"]] == ["kill-instance", "drop-redis"]
    assert (answer["verdict"], answer["drills"], said.status) == ("inconclusive", [], 3)


def test_a_stack_that_cannot_be_reached_leaves_stdout_empty(tmp_path: Path) -> None:
    said = say("drill", "steady", "--stack", "http://127.0.0.1:9", "--json", folder=tmp_path)
    assert (said.status, said.out) == (4, "")


def test_without_pgbouncer_the_stack_runs_says_so_and_names_the_reason(tmp_path: Path) -> None:
    # A PATH and a cache without it, and no apt-get to fetch it with.
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("cp", "chown", "sh"):
        (tools / name).symlink_to(f"/bin/{name}")
    (tmp_path / "cache").mkdir(mode=0o755)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    load = ["load", "browse", "--rate", "10", "--duration", "2s", "--json"]
    said = say(*load, folder=tmp_path, PATH=str(tools), XDG_CACHE_HOME=str(tmp_path / "cache"))
    if Path("/usr/sbin/pgbouncer").exists():
        pytest.skip("PgBouncer is installed on this system, where it is found without PATH")
    assert said.status == 0, said
    assert "without PgBouncer: no pgbouncer on PATH, and no apt-get" in said.err
    plan = json.loads((Path(json.loads(said.out)["drills"][0]["run"]) / "run.json").read_text())
    assert "pool" not in plan["stack"]["members"]
    assert "HARNESS_PGBOUNCER" in plan["stack"]["absent"]["pool"]

"""The proxy as a process: how it starts, says what is wrong, and ends."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.proxy.peers import Control, proxy_process, resets


def run(**environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "chaos.proxy"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize("environment", [{"PORT": "http"}, {"PORT": "70000"}, {"HOST": "::1", "PORT": "80"}])
def test_a_wrong_address_is_one_line(environment: dict[str, str]) -> None:
    done = run(**environment)
    assert done.returncode == 1
    assert done.stderr.startswith("HOST and PORT: ")
    assert len(done.stderr.splitlines()) == 1


def test_an_address_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(PORT=str(port))
    assert done.returncode == 1
    wrong = f"the control cannot listen on 127.0.0.1:{port}: Address already in use"
    assert done.stderr == f"{wrong}; say another HOST or PORT\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_status_0_and_says_nothing(number: signal.Signals, tmp_path: Path) -> None:
    with proxy_process(tmp_path / "log") as (process, port):
        control = Control(port)
        with control.http:
            control.ask("POST", "/proxies", {"name": "p", "upstream": "127.0.0.1:9"})
            process.send_signal(number)
            assert process.wait(2) == 0
    assert (tmp_path / "log").read_text() == ""


def test_an_upstream_that_is_not_there_is_said_once_and_counted(tmp_path: Path) -> None:
    with proxy_process(tmp_path / "log") as (_, port), closing(Control(port).http) as http:
        made = http.post("/proxies", json={"name": "p", "upstream": "127.0.0.1:9"}).json()
        assert all(resets(int(made["listen"].rpartition(":")[2])) for _ in range(3))
        said = http.get("/proxies/p").json()
    failure = "no connection to 127.0.0.1:9: Connection refused"
    assert (said["failures"], said["last_failure"]) == (3, failure)
    assert (tmp_path / "log").read_text() == f"p: {failure}\n"

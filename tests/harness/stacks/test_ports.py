"""Free ports: distinct, really free, and out of reach of outgoing connections."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import StackError
from harness.stacks.embedded import ports
from harness.stacks.embedded.ports import EPHEMERAL, free_ports, must_be_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", free_ports(1)[0])) as listener:
        yield listener.getsockname()[1]


def test_ports_are_distinct_and_can_be_listened_on() -> None:
    found = free_ports(20)
    assert len(set(found)) == 20
    for port in found:
        with socket.create_server(("127.0.0.1", port)):
            pass


def test_ports_lie_below_those_of_outgoing_connections() -> None:
    lowest_outgoing = int(EPHEMERAL.read_text().split()[0])
    assert all(ports.LOWEST <= port < lowest_outgoing for port in free_ports(50))


def test_a_port_that_is_taken_is_not_given_out(taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With that one port to choose from."""
    only_this = tmp_path / "range"
    only_this.write_text(f"{taken + 1}\t60999\n")
    monkeypatch.setattr(ports, "EPHEMERAL", only_this)
    monkeypatch.setattr(ports, "LOWEST", taken)
    with pytest.raises(StackError) as error:
        free_ports(1)
    assert str(error.value) == "only 0 of 1 ports are free on 127.0.0.1: stop what holds the others"


def test_ports_are_held_until_they_are_released_though_nobody_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a hundred to choose from, of which others may have a few."""
    these = tmp_path / "range"
    these.write_text("20100\t60999\n")
    monkeypatch.setattr(ports, "EPHEMERAL", these)
    monkeypatch.setattr(ports, "LOWEST", 20_000)
    held = ports.HeldPorts()
    kept = held.take(60)
    assert set(free_ports(30)).isdisjoint(kept)
    with pytest.raises(StackError):
        free_ports(45)
    held.release()
    assert not set(free_ports(90)).isdisjoint(kept)


def test_a_harness_that_is_killed_holds_no_port() -> None:
    hold = "from harness.stacks.embedded.ports import HeldPorts as H; h = H(); print(*h.take(1), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        name = f"\0harness-port-{process.stdout.readline().strip()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            with pytest.raises(OSError, match="in use"):
                other.bind(name)
            process.kill()
            process.wait()
            other.bind(name)


def test_a_port_that_was_asked_for_is_given_when_it_is_free() -> None:
    [port] = free_ports(1)
    assert must_be_free(port) == port


def test_a_port_that_was_asked_for_and_is_taken_is_named(taken: int) -> None:
    with pytest.raises(StackError) as error:
        must_be_free(taken)
    assert str(error.value) == (
        f"port {taken} on 127.0.0.1 cannot be used (Address already in use)"
        ": choose another with --port, or stop its holder"
    )


def test_where_every_port_may_be_an_outgoing_one_there_are_ports_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = tmp_path / "range"
    wide.write_text("1024\t65535\n")
    monkeypatch.setattr(ports, "EPHEMERAL", wide)
    assert all(ports.LOWEST <= port < ports.HIGHEST for port in free_ports(5))

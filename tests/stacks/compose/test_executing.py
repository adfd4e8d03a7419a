"""Commands that the daemon runs in a container: none is waited for without end."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from harness.stack import Ran
from harness.stacks.compose import executing

if TYPE_CHECKING:
    from docker import DockerClient

FOREVER = ["sleep", "3600"]


@pytest.fixture
def container(docker: "DockerClient", tiny_image: str) -> Iterator[str]:
    made = docker.containers.run(tiny_image, FOREVER, detach=True, network_mode="none")
    yield str(made.id)
    made.remove(force=True, v=True)


@pytest.mark.parametrize(
    ("script", "ran"),
    [
        ("echo here; echo there", Ran(0, "here\nthere\n")),
        ("echo no >&2", Ran(0, "no\n")),
        ("exit 3", Ran(3, "")),
        ("kill -9 $$", Ran(137, "")),
    ],
)
def test_what_it_printed_and_how_it_ended(docker: "DockerClient", container: str, script: str, ran: Ran) -> None:
    assert executing.execute(docker.api, container, ["sh", "-c", script], "", privileged=False) == ran


def test_what_comes_at_once_is_not_lost(docker: "DockerClient", container: str) -> None:
    """With the answer's headers: the SDK's own reading now and then loses it."""
    ran = [executing.execute(docker.api, container, ["echo", "here"], "", privileged=False) for _ in range(40)]
    assert ran == [Ran(0, "here\n")] * len(ran)


def test_a_long_answer_is_read_whole(docker: "DockerClient", container: str) -> None:
    script = "i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done"
    ran = executing.execute(docker.api, container, ["sh", "-c", script], "", privileged=False)
    assert (ran.status, len(ran.text)) == (0, 20_000 * 11)


def test_what_does_not_end_is_given_up(docker: "DockerClient", container: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "PATIENCE_S", 0.3)
    with pytest.raises(TimeoutError, match=r"sh did not end in 0\.3 s"):
        executing.execute(docker.api, container, ["sh", "-c", "echo begun; sleep 3600"], "", privileged=False)


def test_what_nobody_waits_for_is_not_waited_for(docker: "DockerClient", container: str) -> None:
    assert executing.start(docker.api, container, FOREVER, "", privileged=False) == Ran(0, "")

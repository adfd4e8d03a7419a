"""A command that the daemon runs inside a container, which is waited for only so long."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import docker

from harness.stack import Ran

PATIENCE_S = 20.0
HEADER = 8
ENDS_WITHIN_S, LOOK_EVERY_S = 1.0, 0.02


def execute(api: docker.APIClient, container: str, argv: Sequence[str], user: str, *, privileged: bool) -> Ran:
    """What it printed, and its exit status: -1 when the container died with it.

    Raises TimeoutError when it has not ended within PATIENCE_S: the client itself would wait for its output forever,
    and whoever undoes a fault with it.
    """
    made = api.exec_create(container, list(argv), privileged=privileged, user=user)["Id"]
    stream = api.exec_start(made, socket=True)
    connection = getattr(stream, "_sock", stream)
    enough = threading.Timer(PATIENCE_S, _hang_up, [connection])
    enough.start()
    try:
        text = b"".join(_frames(stream)).decode(errors="replace")
    finally:
        enough.cancel()
        # The stream is a view of the connection, and leaves it open.
        stream.close()
        connection.close()
    found = api.exec_inspect(made)
    # Its output may end a moment before it does.
    end = time.monotonic() + ENDS_WITHIN_S
    while found["Running"] and time.monotonic() < end:
        time.sleep(LOOK_EVERY_S)
        found = api.exec_inspect(made)
    if found["Running"]:
        # Whoever undoes a fault must not be followed by what did it.
        with suppress(ProcessLookupError, PermissionError):
            os.kill(int(found["Pid"]), signal.SIGKILL)
        raise TimeoutError(f"{argv[0]} did not end in {PATIENCE_S:g} s")
    return Ran(-1 if found["ExitCode"] is None else int(found["ExitCode"]), text)


def start(api: docker.APIClient, container: str, argv: Sequence[str], user: str, *, privileged: bool) -> Ran:
    """One that nobody waits for."""
    made = api.exec_create(container, list(argv), privileged=privileged, user=user)["Id"]
    api.exec_start(made, detach=True)
    return Ran(0, "")


def _frames(stream: Any) -> Iterator[bytes]:
    """What came, of standard output and standard error, each piece behind eight bytes that say which and how long.

    Read where the answer's headers were: pieces that arrived together with those are in that buffer already, and
    whoever reads the connection beneath it, as the SDK does, never sees them.
    """
    buffered = stream._response.raw._fp.fp
    while len(header := buffered.read(HEADER)) == HEADER:
        yield buffered.read(int.from_bytes(header[4:], "big"))


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

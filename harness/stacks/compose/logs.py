"""What containers log, into the run's folder as they log it: it is there, whatever becomes of them or the harness."""

import contextlib
import threading
import time
from pathlib import Path
from typing import Any

import docker
import requests
from docker.errors import DockerException

from harness.clock import nanoseconds, now

PATIENCE_S = 2.0
LOOK_EVERY_S = 0.02


class Logs:
    """One thread for each container, since the daemon's streams are blocking; each ends with its container."""

    def __init__(self, client: docker.DockerClient, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._threads: dict[str, threading.Thread] = {}
        self._streams: dict[str, Any] = {}
        self._written: dict[str, int] = {}

    def follow(self, name: str, container: str, since: float | None = None) -> None:
        """Appends to NAME.log, from the container's first word or from `since` (seconds of the wall clock)."""
        running = self._threads.get(container)
        if running is not None and running.is_alive():
            return
        file = self._folder / f"{name}.log"
        file.touch()
        thread = threading.Thread(target=self._copy, args=(file, container, since), name=f"log of {name}", daemon=True)
        self._threads[container] = thread
        thread.start()

    def settle(self) -> None:
        """Returns when what the containers have said so far is in the files."""
        deadline = now() + nanoseconds(PATIENCE_S)
        for container in list(self._threads):
            said = -1
            # What a process writes is on its way through a pipe: asked until nothing more comes.
            while (size := self._said(container)) != said or self._written.get(container, 0) < size:
                said = size
                if now() > deadline:
                    return
                time.sleep(LOOK_EVERY_S)

    def stop(self) -> None:
        """What the containers say from now on is of no more interest."""
        for stream in list(self._streams.values()):
            with contextlib.suppress(DockerException, requests.RequestException, OSError, AttributeError):
                stream.close()
        for thread in self._threads.values():
            thread.join(timeout=PATIENCE_S)

    def _said(self, container: str) -> int:
        try:
            return len(self._client.api.logs(container))
        except (DockerException, requests.RequestException):
            return 0

    def _copy(self, file: Path, container: str, since: float | None) -> None:
        with contextlib.suppress(DockerException, requests.RequestException, OSError, ValueError):
            stream: Any = self._client.api.logs(container, stream=True, follow=True, since=since)
            self._streams[container] = stream
            with file.open("ab", buffering=0) as out:
                for chunk in stream:
                    out.write(chunk)
                    self._written[container] = self._written.get(container, 0) + len(chunk)

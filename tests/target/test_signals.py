"""A signal may come at any moment, even in the middle of a log line."""

from __future__ import annotations

import signal

import pytest
import uvicorn

from target import server
from target.server import Server


class Lines:
    """A log that must not be written to from a signal's handler."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def info(self, event: str, **_: object) -> None:
        self.events.append(event)


async def test_the_handler_writes_nothing_and_the_loop_tells_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = Lines()
    monkeypatch.setattr(server, "log", lines)
    found = Server(uvicorn.Config("never:imported"), drain_seconds=60)
    found.handle_exit(signal.SIGTERM, None)
    assert lines.events == []
    assert not await found.on_tick(1)
    assert not await found.on_tick(2)
    assert lines.events == ["draining"]

"""The ledger of writes, as the clients see them: sent, then answered or not."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic_ns

from harness.run import Outcome, Place, WriteAnswered, WriteLog, WriteReread, WriteSent

OK = range(200, 300)
REFUSED = (*range(400, 500), 507)
"""507 is the one in the 500s that says that nothing was stored: there was no room for it."""


class PendingWrite:
    """One write under way. `key` is unique and must be what is stored at its place."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.outcome = Outcome.INDETERMINATE
        self.path: str | None = None

    def answered(self, status: int, path: str | None = None) -> None:
        """`path` is where the API serves it. No answer, and a 5xx, leave open whether it was done."""
        if status in OK:
            self.outcome, self.path = Outcome.ACKNOWLEDGED, path
        elif status in REFUSED:
            self.outcome = Outcome.REFUSED


class Ledger:
    """Without a log (under plain Locust) it keeps nothing."""

    def __init__(self) -> None:
        self._log: WriteLog | None = None
        self.acknowledged: list[PendingWrite] = []

    def open(self, folder: Path) -> None:
        self._log = WriteLog(folder)

    @property
    def log(self) -> WriteLog | None:
        return self._log

    @contextmanager
    def write(self, what: str, place: Place) -> Iterator[PendingWrite]:
        """Around the request that writes: logged before it goes out, and however it ends."""
        pending = PendingWrite(f"{what} {uuid.uuid4()}")
        if self._log is not None:
            self._log.add(WriteSent(t=monotonic_ns(), key=pending.key, place=place))
        try:
            yield pending
        finally:
            if self._log is not None:
                answer = WriteAnswered(t=monotonic_ns(), key=pending.key, outcome=pending.outcome, path=pending.path)
                self._log.add(answer)
                if pending.outcome is Outcome.ACKNOWLEDGED:
                    self.acknowledged.append(pending)

    def reread(self, write: PendingWrite, found: bool) -> None:
        """After an acknowledged write: whether its own client, who looked for it, found it."""
        if self._log is not None:
            self._log.add(WriteReread(t=monotonic_ns(), key=write.key, found=found))

    def close(self) -> None:
        if self._log is not None:
            self._log.close()


LEDGER = Ledger()
"""The load process opens it in the run's folder; scenarios only write to it."""

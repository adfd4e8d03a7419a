"""The load process without its recording: it plays the same load, counts the answers, and keeps nothing.

`python -m benchmarks.unrecorded` takes the place of `python -m scenarios.clients.process`.
"""

import os
import sys

from scenarios.clients import process
from scenarios.clients.ledger import Ledger
from scenarios.clients.recorder import Recorder


class Forgetful(Recorder):
    def on_request(self, *_: object, **__: object) -> None:
        self.requests += 1


def nothing(*_: object) -> None:
    """In place of what would record."""


if __name__ == "__main__":
    vars(process).update(Recorder=Forgetful, time_requests=nothing)
    setattr(Ledger, "open", nothing)  # noqa: B010  # which no type allows
    status = process.main()
    sys.stdout.flush()
    # As the load process itself ends.
    os._exit(status)

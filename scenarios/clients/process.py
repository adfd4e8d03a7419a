"""The load process: `python -m scenarios.clients.process`. It takes orders on stdin and reports on stdout.

The only process that imports Locust, since that patches all of it. It dies when its orders end: with the harness.
"""

import gc
import logging
import os
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

import locust.log
from locust import events  # patches the process: before anything that opens a socket

# isort: split
import gevent
import msgspec
from gevent.fileobject import FileObject
from locust import User
from locust.env import Environment
from locust.util.load_locustfile import load_locustfile

from harness.errors import HarnessError
from scenarios.clients.generator import Generator
from scenarios.clients.ledger import LEDGER
from scenarios.clients.orders import Done, Go, LoadOrder, Order, ReadBack, Ready, Report, Stop, Tick, Trouble, Turn
from scenarios.clients.recorder import Recorder, time_requests

TICK_S = 0.25


class Reports:
    """The way to the harness. Taken off stdout, which from then on is the log: a locustfile may print."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)

    def send(self, message: Report) -> None:
        os.write(self._out, msgspec.json.encode(message) + b"\n")


def main() -> int:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    reports = Reports()
    orders = FileObject(sys.stdin.fileno(), "rb", close=False)
    first = orders.readline()
    if not first:
        # Nothing came up that could be asked.
        return 0
    order = msgspec.json.decode(first, type=LoadOrder)
    try:
        user_classes = load_users(order.file)
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        where = traceback.extract_tb(error.__traceback__)[-1]
        kind = type(error).__name__
        text = f"{order.file} cannot be used as a scenario: {kind}: {error} ({where.filename}:{where.lineno})"
        reports.send(Trouble(what=text, usage=True))
        return 2
    try:
        obey(prepare(order, user_classes), orders, reports)
    except (OSError, HarnessError) as error:
        traceback.print_exc()
        reports.send(Trouble(what=f"the recording cannot be written: {error}"))
        return 1
    return 0


def load_users(file: str) -> list[type[User]]:
    """The locustfile's users. Raises whatever the file raises."""
    user_classes, _ = load_locustfile(file)
    if not user_classes:
        raise ValueError("it defines no Locust user class")
    return list(user_classes.values())


def prepare(order: LoadOrder, user_classes: list[type[User]]) -> Generator:
    """Opens the recording. Raises OSError when it cannot be written."""
    time_requests()
    folder = Path(order.folder)
    recorder = Recorder(folder, order.scenario, f"{order.scenario}-{order.worker}")
    LEDGER.open(folder)
    environment = Environment(events=events, host=order.host, locustfile=order.file)
    return Generator(order, environment, user_classes, recorder)


def obey(generator: Generator, orders: Iterable[bytes], reports: Reports) -> None:
    generator.prepare_clients()
    reports.send(Ready(clients=generator.clients))
    decoder = msgspec.json.Decoder(Order)
    ticking: gevent.Greenlet[..., None] | None = None
    try:
        for line in orders:
            match decoder.decode(line):
                case Go(at=at, paces=paces):
                    gc.collect()
                    gc.freeze()
                    generator.go(at, paces)
                    ticking = gevent.spawn(tick, generator, reports)
                case Turn(at=at, paces=paces):
                    generator.turn(at, paces)
                case Stop(patience_s=patience_s):
                    unfinished = generator.stop(patience_s)
                    reports.send(Done(unfinished=unfinished))
                case ReadBack():
                    reports.send(Done(count=generator.read_back()))
            if ticking is not None and ticking.exception is not None:
                raise ticking.exception
    finally:
        if ticking is not None:
            ticking.kill()
        generator.close()
        LEDGER.close()


def tick(generator: Generator, reports: Reports) -> None:
    """Every quarter of a second: what the last one brought, and its requests to the disk."""
    cpu, wall = time.process_time(), time.monotonic()
    while True:
        gevent.sleep(TICK_S)
        cpu_now, wall_now = time.process_time(), time.monotonic()
        percent = 100 * (cpu_now - cpu) / (wall_now - wall)
        cpu, wall = cpu_now, wall_now
        message: Tick | Trouble
        try:
            message = generator.tick(percent)
        except OSError as error:
            message = Trouble(what=f"the recording cannot be written: {error}")
        if (why := generator.broken) is not None:
            message = Trouble(what=f"no more clients arrive: {why!r}")
        reports.send(message)


if __name__ == "__main__":
    locust.log.unhandled_greenlet_exception = False
    status = main()
    sys.stdout.flush()
    # Locust's own exit hooks would wait for greenlets that nobody needs any more.
    os._exit(status)

"""The generator: plays a schedule of arrivals, or holds a number of users, and says how well it kept to it."""

from collections.abc import Iterable
from time import monotonic_ns
from typing import Any

import gevent
import psutil
from locust import User
from locust.env import Environment

from harness.run import Pace, WriteServed
from scenarios.clients.alarm import Alarm
from scenarios.clients.arrivals import NS, SCHEDULES, Schedule, share
from scenarios.clients.course import Course
from scenarios.clients.ledger import LEDGER
from scenarios.clients.open_user import OpenUser
from scenarios.clients.orders import LoadOrder, Tick
from scenarios.clients.pool import ClientPool, arriving
from scenarios.clients.recorder import Recorder

FEWEST, MOST = 5, 200
CLIENTS_PER_RATE = 0.25
"""Clients made beforehand, for each arrival a second: enough for answers of 250 ms; others follow when needed."""

LONGEST_WAIT_NS = 50_000_000
"""Before the next arrival is asked for again: it may have been told to come sooner."""

LOGIN_PATIENCE_S = 30.0
LOGINS_AT_ONCE = 10
READERS = 8


class Generator:
    """One worker's part of one load. Everything in it runs in one gevent loop."""

    def __init__(
        self, order: LoadOrder, environment: Environment, user_classes: list[type[User]], recorder: Recorder
    ) -> None:
        self._order = order
        self._recorder = recorder
        self._turn = 0
        self._process = psutil.Process()
        self._pool = ClientPool(self._grow, order.max_clients, round(order.late_ms * 1e6))
        self._plain_classes = user_classes
        classes = user_classes if order.rate is None else [arriving(cls, self._pool) for cls in user_classes]
        for cls in {*classes, *user_classes}:
            cls.host = order.host
        environment.user_classes = classes
        environment.events.request.add_listener(recorder.on_request)
        environment.events.user_error.add_listener(self._task_raised)
        self._broke_off = 0
        self._environment = environment
        self._runner = environment.create_local_runner()
        environment.events.init.fire(environment=environment, runner=self._runner, web_ui=None)
        # Shares by weight, spread evenly: class k of n comes round as often as its weight says.
        self._rota = [cls for cls in classes for _ in range(max(round(cls.weight), 1))]
        self._arriving: gevent.Greenlet[..., None] | None = None
        self._begin = 0
        self._course = Course()

    @property
    def clients(self) -> int:
        return int(self._runner.user_count)

    def prepare_clients(self) -> None:
        """The clients that the load will need at least, logged in before it begins."""
        self._environment.events.test_start.fire(environment=self._environment)
        if self._order.rate is not None:
            share_of_rate = self._order.rate * self._order.most_times / self._order.workers
            deadline = monotonic_ns() + round(LOGIN_PATIENCE_S * NS)
            for _ in range(min(max(round(share_of_rate * CLIENTS_PER_RATE), FEWEST), MOST)):
                self._pool.add_client()
                self._wait_until_coming(LOGINS_AT_ONCE - 1, deadline)
            self._wait_until_coming(0, deadline)

    def _wait_until_coming(self, most: int, deadline: int) -> None:
        """Until at most so many clients still log in, or the deadline (ns) has come."""
        while self._pool.coming > most and monotonic_ns() < deadline:
            gevent.sleep(0.01)

    def _grow(self) -> None:
        cls = self._rota[self._turn % len(self._rota)]
        self._turn += 1
        self._runner.spawn_users({cls.__name__: 1})

    def _task_raised(self, **_: object) -> None:
        """A task raised: Locust logs it, and what it would have asked is in no recording."""
        self._broke_off += 1

    def go(self, at: int, paces: Iterable[Pace]) -> None:
        """The schedule's zero is `at` (ns). Long-lived users all start then."""
        order = self._order
        self._begin, self._course = at, Course(paces)
        if order.rate is None:
            for _ in range(order.users or 0):
                self._grow()
            return
        schedule = share(SCHEDULES[order.arrivals](order.rate, order.seed), order.worker, order.workers)
        self._arriving = gevent.spawn(self._arrive, schedule)

    def turn(self, at: int, paces: Iterable[Pace]) -> None:
        """From `at` (ns) on arrivals follow these paces."""
        self._course.turn(at - self._begin, paces)

    def _arrive(self, schedule: Schedule) -> None:
        alarm = Alarm()
        try:
            for offset in schedule:
                while (due := self._begin + self._course.due(offset)) > (now := monotonic_ns()):
                    alarm.wait_until(min(due, now + LONGEST_WAIT_NS))
                self._pool.arrive(due)
        finally:
            alarm.close()

    @property
    def broken(self) -> BaseException | None:
        """Why arrivals have stopped, when that is not because they were told to."""
        return self._arriving.exception if self._arriving is not None else None

    def tick(self, cpu_percent: float) -> Tick:
        """What happened since the last tick; its requests are on the disk when this returns."""
        pool, recorder = self._pool, self._recorder
        recorder.flush()
        latencies = sorted(recorder.latencies_ns)
        message = Tick(
            t=monotonic_ns(),
            arrivals=pool.arrivals,
            late=pool.late,
            not_started=pool.not_started,
            broke_off=self._broke_off,
            lag_max_ms=pool.lag_max / 1e6,
            cpu_percent=cpu_percent,
            rss_bytes=self._process.memory_info().rss,
            requests=recorder.requests,
            errors=recorder.errors,
            p50_ms=_rank(latencies, 0.50),
            p95_ms=_rank(latencies, 0.95),
            clients=self.clients,
            in_flight=max(pool.busy, 0),
        )
        pool.arrivals = pool.late = pool.not_started = pool.lag_max = 0
        recorder.requests = recorder.errors = self._broke_off = 0
        recorder.latencies_ns.clear()
        return message

    def stop(self, patience_s: float) -> int:
        """No more arrivals. Returns how many requests were given up because they did not end in time."""
        if self._arriving is not None:
            self._arriving.kill()
        deadline = monotonic_ns() + round(patience_s * NS)
        if self._order.rate is not None:
            while self._pool.busy > 0 and monotonic_ns() < deadline:
                gevent.sleep(0.01)
        else:
            # Users never wait for anybody: each ends with the answer that it is waiting for.
            self._recorder.last_answers = True
            while any(map(in_flight, self._runner.user_greenlets)) and monotonic_ns() < deadline:
                gevent.sleep(0.01)
            self._recorder.last_answers = False
        given_up = 0
        for intended in self._pool.give_up_waiting():
            self._recorder.never_taken(intended)
            given_up += 1
        for greenlet in list(self._runner.user_greenlets):
            if in_flight(greenlet):
                self._recorder.unfinished(greenlet)
                given_up += 1
        self._runner.user_greenlets.kill(block=False)
        self._environment.events.test_stop.fire(environment=self._environment)
        self._recorder.flush()
        return given_up

    def read_back(self) -> int:
        """Asks the API for every write that was acknowledged; the answers go to the ledger."""
        readers = [cls for cls in self._plain_classes if issubclass(cls, OpenUser)]
        written = [write for write in LEDGER.acknowledged if write.path is not None]
        if not readers or not written or LEDGER.log is None:
            return 0
        log = LEDGER.log

        def read(mine: list[Any]) -> None:
            user = readers[0](self._environment)
            user.on_start()
            for write in mine:
                content = user.read_back(write.path)
                # Asked once more: an API that does not answer has not said that the write is lost.
                if content is None:
                    content = user.read_back(write.path)
                if content is not None:
                    log.add(WriteServed(t=monotonic_ns(), key=write.key, served=write.key in content))

        gevent.joinall([gevent.spawn(read, written[k::READERS]) for k in range(READERS)], raise_error=True)
        self._recorder.flush()
        return len(written)

    def close(self) -> None:
        self._recorder.close()


def in_flight(greenlet: Any) -> bool:
    """Whether a request of this user has been sent and not been answered."""
    return getattr(greenlet, "sent", None) is not None


def _rank(ordered: list[int], share_of_all: float) -> float | None:
    """The nearest-rank percentile in milliseconds, for the eye; None when nothing was answered."""
    return ordered[min(int(len(ordered) * share_of_all), len(ordered) - 1)] / 1e6 if ordered else None

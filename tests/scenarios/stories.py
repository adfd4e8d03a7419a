"""Tests of what needs gevent and Locust, which patch their whole process: `python -m tests.scenarios.stories`.

Every function here is a test. test_stories.py runs them all in one process of their own and reports each by its name.
"""

import json
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns
from typing import Any

from locust import SequentialTaskSet, User, events, task
from locust.env import Environment
from locust.exception import CatchResponseError

# isort: split
import gevent
from gevent import getcurrent
from gevent.pywsgi import WSGIServer
from pyarrow import ipc

from harness.run import Request
from scenarios.clients import accounts
from scenarios.clients.alarm import Alarm
from scenarios.clients.member import Member
from scenarios.clients.open_user import OpenUser
from scenarios.clients.pool import ClientPool, arriving
from scenarios.clients.recorder import Recorder, describe

MS = 1_000_000
NEVER_LATE = 10**15
DEADLINE_S = 20.0


def pool_of(late_ns: int = NEVER_LATE) -> ClientPool:
    """A pool that makes no clients by itself."""
    return ClientPool(lambda: None, 10, late_ns)


class Clients:
    """Clients of a pool that log in when told, and note which arrivals they took."""

    def __init__(self, limit: int = 10) -> None:
        self.pool = ClientPool(self._grow, limit, NEVER_LATE)
        self.log_in = gevent.event.Event()
        self.log_in.set()
        self.took: list[tuple[int, int]] = []
        self.made = 0

    def _grow(self) -> None:
        self.made += 1
        gevent.spawn(self._live, self.made)

    def _live(self, number: int) -> None:
        self.log_in.wait()
        self.pool.settled()
        while True:
            self.pool.next_arrival()
            greenlet: Any = getcurrent()
            self.took.append((number, greenlet.intended))
            # At work: others have their turn meanwhile.
            gevent.sleep(0)


def let_all_run() -> None:
    gevent.sleep(0.001)


def until(holds: Callable[[], bool]) -> None:
    with gevent.Timeout(DEADLINE_S):
        while not holds():
            gevent.sleep(0.001)


def an_arrival_goes_to_the_client_that_has_been_free_the_longest() -> None:
    clients = Clients()
    for _ in range(3):
        clients.pool.add_client()
    let_all_run()
    for intended in (100, 200, 300, 400):
        clients.pool.arrive(intended)
        let_all_run()
    assert clients.took == [(1, 100), (2, 200), (3, 300), (1, 400)], clients.took


def an_arrival_for_which_no_client_is_free_makes_one() -> None:
    clients = Clients()
    clients.pool.arrive(100)
    clients.pool.arrive(200)
    let_all_run()
    assert clients.made == 2
    assert clients.took == [(1, 100), (2, 200)], clients.took
    assert (clients.pool.arrivals, clients.pool.not_started) == (2, 0)


def a_client_that_is_logging_in_takes_the_arrival_and_no_other_is_made_for_it() -> None:
    clients = Clients()
    clients.log_in.clear()
    clients.pool.add_client()
    let_all_run()
    clients.pool.arrive(100)
    let_all_run()
    assert (clients.made, clients.pool.coming, clients.took) == (1, 1, [])
    clients.log_in.set()
    let_all_run()
    assert (clients.made, clients.pool.coming, clients.took) == (1, 0, [(1, 100)])


def arrivals_past_the_limit_of_clients_are_counted_as_not_started() -> None:
    clients = Clients(limit=2)
    clients.log_in.clear()
    for intended in range(5):
        clients.pool.arrive(intended)
    assert (clients.made, clients.pool.arrivals, clients.pool.not_started) == (2, 2, 3)


def what_waited_and_was_taken_by_nobody_is_told_at_the_end() -> None:
    clients = Clients(limit=3)
    clients.log_in.clear()
    for intended in range(3):
        clients.pool.arrive(intended)
    assert clients.pool.busy == 3
    assert clients.pool.give_up_waiting() == [0, 1, 2]
    assert clients.pool.busy == 0
    clients.log_in.set()
    let_all_run()
    assert clients.took == []


def a_client_at_work_is_busy_and_one_that_waits_or_logs_in_is_not() -> None:
    clients = Clients()
    clients.log_in.clear()
    clients.pool.add_client()
    let_all_run()
    assert clients.pool.busy == 0
    clients.log_in.set()
    let_all_run()
    assert clients.pool.busy == 0
    clients.pool.arrive(1)
    # Taken, and not yet asked for the next.
    assert clients.pool.busy == 1
    let_all_run()
    assert clients.pool.busy == 0


def lateness_is_counted_against_the_schedule_and_being_early_is_not() -> None:
    pool = pool_of(late_ns=1000 * MS)
    pool.arrive(monotonic_ns() + 60_000 * MS)
    assert (pool.late, pool.lag_max) == (0, 0)
    pool.arrive(monotonic_ns() - 5000 * MS)
    assert pool.late == 1
    assert pool.lag_max >= 5000 * MS
    pool.arrive(monotonic_ns())
    assert pool.lag_max >= 5000 * MS


def a_client_whose_start_fails_is_neither_coming_nor_there() -> None:
    class Failing(User):
        def on_start(self) -> None:
            raise ConnectionError("no login today")

        @task
        def never(self) -> None: ...

    pool, spawn = pool_with(Failing)
    pool.add_client()
    spawn()
    until(lambda: pool.clients == 0)
    assert (pool.coming, pool.busy) == (0, 0)


def each_arrival_is_one_task_in_the_order_of_the_user_s_own_task_set() -> None:
    done: list[tuple[str, int]] = []

    def note(what: str) -> None:
        greenlet: Any = getcurrent()
        done.append((what, greenlet.intended))

    class Journey(User):
        @task
        class Steps(SequentialTaskSet):
            @task
            def first(self) -> None:
                note("first")

            @task
            def second(self) -> None:
                note("second")

    pool, spawn = pool_with(Journey)
    pool.add_client()
    spawn()
    until(lambda: pool.coming == 0)
    for intended in (10, 20, 30):
        pool.arrive(intended)
        until(lambda: len(done) == intended // 10)  # noqa: B023
    assert done == [("first", 10), ("second", 20), ("first", 30)], done


def the_arriving_user_keeps_its_name() -> None:
    class Named(User):
        @task
        def never(self) -> None: ...

    cls = arriving(Named, pool_of())
    assert (cls.__name__, cls.__module__) == ("Named", Named.__module__)


def pool_with(user_class: type[User]) -> tuple[ClientPool, Callable[[], None]]:
    """A pool of one kind of user, and what makes one more of them."""
    pool = pool_of()
    cls = arriving(user_class, pool)
    runner = Environment(user_classes=[cls], events=events).create_local_runner()
    return pool, lambda: runner.spawn_users({cls.__name__: 1})


def an_alarm_never_wakes_early() -> None:
    alarm = Alarm()
    for _ in range(20):
        t = monotonic_ns() + 2 * MS
        alarm.wait_until(t)
        assert monotonic_ns() >= t
    alarm.wait_until(monotonic_ns() - 1000 * MS)
    alarm.close()
    alarm.close()


def two_alarms_wake_in_their_order_whichever_was_set_first() -> None:
    woken: list[str] = []
    start = monotonic_ns()

    def wake(name: str, t: int) -> None:
        alarm = Alarm()
        alarm.wait_until(t)
        woken.append(name)
        alarm.close()

    late, early = gevent.spawn(wake, "late", start + 400 * MS), gevent.spawn(wake, "early", start + 50 * MS)
    gevent.joinall([late, early], timeout=DEADLINE_S, raise_error=True)
    assert woken == ["early", "late"]


def equal_errors_have_equal_words() -> None:
    bad_status = type("LocustBadStatusCode", (Exception,), {})
    assert describe(bad_status("503 Server Error for url: /x"), 503) == "HTTP 503"
    assert describe(ConnectionRefusedError(111, "Connection refused"), 0) == (
        "ConnectionRefusedError: [Errno 111] Connection refused"
    )
    assert describe(CatchResponseError("no items"), 200) == "CatchResponseError: no items"
    assert describe(TimeoutError(), 0) == "TimeoutError"
    assert len(describe(ValueError("x" * 10_000), 0)) < 300


def recorded(**request: Any) -> tuple[Request, Recorder]:
    """The one row that a listener's call leaves, and the recorder that wrote it."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder), "tiny", "tiny-0")
        recorder.on_request("GET", "GET /", **({"response_time": 250.0, "response_length": 7} | request))
        recorder.close()
        [row] = ipc.open_stream(Path(folder, "requests", "tiny-0.arrow").read_bytes()).read_all().to_pylist()
    return Request(**row), recorder


def a_client_that_was_not_timed_is_taken_at_its_word() -> None:
    before = monotonic_ns()
    row, _ = recorded()
    after = monotonic_ns()
    assert row.finished - row.started == 250 * MS
    assert before <= row.finished <= after
    assert (row.intended, row.first_byte, row.client) == (row.started, None, "tiny-0")


def the_times_of_an_arrival_are_used_once() -> None:
    greenlet: Any = getcurrent()
    greenlet.intended, greenlet.sent, greenlet.first_byte, greenlet.client = 1000, 2000, 3000, "Getter-1"
    try:
        answer = type("Answer", (), {"status_code": 200, "headers": {"X-Instance": "app-2"}})
        first, _ = recorded(response=answer)
        second, _ = recorded(response=answer)
    finally:
        del greenlet.client
    assert first[:4] == (1000, 2000, 3000, 2000 + 250 * MS)
    assert (first.status, first.error, first.instance, first.client, first.bytes) == (200, None, "app-2", "Getter-1", 7)
    # A second request of the same task was not on the schedule: it was meant to be sent when it was.
    assert second.intended == second.started > 3000


def an_answer_with_a_bad_status_is_an_error_with_a_status() -> None:
    answer = type("Answer", (), {"status_code": 503, "headers": None})
    bad = type("LocustBadStatusCode", (Exception,), {})("503")
    row, recorder = recorded(response=answer, exception=bad)
    assert (row.status, row.error, row.instance) == (503, "HTTP 503", None)
    assert (recorder.requests, recorder.errors, recorder.latencies_ns) == (1, 1, [])


def no_answer_is_an_error_without_a_status() -> None:
    row, _ = recorded(exception=TimeoutError())
    assert (row.status, row.error, row.first_byte) == (0, "TimeoutError", None)


def under_plain_locust_a_user_never_slips_behind_its_own_schedule() -> None:
    class Busy(OpenUser):
        arrivals_per_second = 1000.0
        host = "http://127.0.0.1:9"

    user = Busy(Environment(events=events))
    user.wait_time()
    stalled_until = monotonic_ns() + 20 * MS
    while monotonic_ns() < stalled_until:
        pass
    # Twenty arrivals became due meanwhile: each starts at once, none is dropped.
    assert [user.wait_time() for _ in range(19)] == [0.0] * 19


def logins_while(lives_s: int) -> int:
    """How often a member logs in that asks three times, by tokens that live so long."""
    asked: list[str] = []

    def answer(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"access_token": f"token {len(asked)}", "expires_in": lives_s}).encode()]

    server = WSGIServer(("127.0.0.1", 0), answer, log=None)
    server.start()
    Member.host = f"http://127.0.0.1:{server.server_port}"
    accounts._known.clear()
    member = Member(Environment(events=events))
    member.on_start()
    assert len({member.headers()["Authorization"] for _ in range(3)}) == (3 if lives_s == 0 else 1)
    server.stop()
    return asked.count("/auth/login")


def a_member_logs_in_once_while_its_token_lives() -> None:
    assert logins_while(3600) == 1


def a_member_logs_in_again_when_its_token_has_ended() -> None:
    assert logins_while(0) == 4


def main() -> None:
    outcome = {}
    for name, story in list(globals().items()):
        if is_story(name, story):
            try:
                story()
                outcome[name] = ""
            except BaseException:
                outcome[name] = traceback.format_exc()
    print(json.dumps(outcome))


HELPERS = {"pool_of", "let_all_run", "until", "pool_with", "recorded", "logins_while", "main", "is_story"}


def is_story(name: str, value: object) -> bool:
    return getattr(value, "__module__", "") == __name__ and not isinstance(value, type) and name not in HELPERS


if __name__ == "__main__":
    main()

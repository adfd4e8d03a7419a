"""The recorder: every request of every client, as it was, on its way to the run's folder."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns
from typing import Any

from gevent import getcurrent
from locust.contrib.fasthttp import FastHttpSession
from locust.exception import StopUser

from harness.run import Request, RequestWriter

INSTANCE_HEADER = "X-Instance"
BAD_STATUS = 400
LONGEST = 200


class Recorder:
    """One listener on Locust's `request` event, for every kind of user.

    Locust reports how long a request took; when it was intended and sent, and when its first byte came, is left on
    the greenlet by the arrivals and by `time_requests`.
    """

    def __init__(self, folder: Path, scenario: str, worker: str) -> None:
        self._writer = RequestWriter(folder, worker)
        self._add = self._writer.add
        self._scenario = scenario
        self._worker = worker
        self.requests = 0
        self.errors = 0
        self.last_answers = False
        """Whether a user's next answer is its last: no more is to be asked."""
        self.latencies_ns: list[int] = []
        """Of the good answers since somebody last emptied it."""

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        response_length: int,
        response: Any = None,
        exception: BaseException | None = None,
        **_: object,
    ) -> None:
        greenlet: Any = getcurrent()
        took = round(response_time * 1_000_000)
        sent = getattr(greenlet, "sent", None)
        # A client that `time_requests` does not know is taken at its word: it has just finished.
        started = sent if sent is not None else monotonic_ns() - took
        first_byte = getattr(greenlet, "first_byte", None)
        intended = getattr(greenlet, "intended", None)
        greenlet.sent = greenlet.first_byte = greenlet.intended = None
        finished = started + took
        # A timer may ring a little early.
        intended = started if intended is None else min(intended, started)
        status, instance = 0, None
        if response is not None:
            status = response.status_code or 0
            headers = response.headers
            instance = headers.get(INSTANCE_HEADER) if headers else None
        error = None if exception is None else describe(exception, status)
        self.requests += 1
        if error is None:
            self.latencies_ns.append(finished - intended)
        else:
            self.errors += 1
        self._add(
            Request(
                intended,
                started,
                first_byte if status else None,
                finished,
                self._scenario,
                name,
                request_type,
                status,
                error,
                instance,
                getattr(greenlet, "client", self._worker),
                response_length or 0,
            )
        )
        if self.last_answers:
            raise StopUser

    def unfinished(self, greenlet: Any) -> None:
        """A request that was given up at the end of the load: it had no answer, and counts as an error."""
        sent, intended = getattr(greenlet, "sent", None), getattr(greenlet, "intended", None)
        client = getattr(greenlet, "client", self._worker)
        if sent is not None:
            self._give_up(sent if intended is None else intended, sent, client, "no answer before the load ended")

    def never_taken(self, intended: int) -> None:
        """An arrival that no client was free for until the load ended."""
        self._give_up(intended, intended, self._worker, "no client was free before the load ended")

    def _give_up(self, intended: int, started: int, client: str, why: str) -> None:
        self.requests += 1
        self.errors += 1
        self._add(
            Request(
                intended,
                started,
                None,
                monotonic_ns(),
                self._scenario,
                "(unfinished)",
                "",
                0,
                f"Unfinished: {why}",
                None,
                client,
                0,
            )
        )

    def flush(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


def describe(exception: BaseException, status: int) -> str:
    """The kind of an error, in words that are equal for equal errors, so that they count together."""
    kind = type(exception).__name__
    if status >= BAD_STATUS and kind in ("LocustBadStatusCode", "BadStatusCode", "HTTPError"):
        return f"HTTP {status}"
    text = str(exception)[:LONGEST]
    return f"{kind}: {text}" if text else kind


def time_requests() -> None:
    """Makes FastHttpUser's client note on its greenlet when a request was sent and when its answer began.

    For the load process only: it changes Locust's class, so that files which know nothing of this harness are
    recorded as exactly as its own scenarios.
    """
    send: Callable[..., Any] = FastHttpSession._send_request_safe_mode

    def timed(session: FastHttpSession, method: str, url: str, **options: Any) -> Any:
        greenlet: Any = getcurrent()
        greenlet.first_byte = None
        greenlet.sent = monotonic_ns()
        response = send(session, method, url, **options)
        greenlet.first_byte = monotonic_ns()
        return response

    FastHttpSession._send_request_safe_mode = timed  # type: ignore[method-assign, assignment]

"""OpenUser: the base of the scenarios' users, open-model under plain Locust too.

Under the harness, arrivals come from its schedule. Under plain `locust -f`, each user keeps a schedule of its own,
`arrivals_per_second`, and never slips behind it: a task that is late starts at once, and its response time counts
from when it was due. So `--users 100` is 100 arrivals a second, and Locust's percentiles tell what clients wait.
"""

from time import monotonic_ns
from typing import Any

from gevent import getcurrent
from locust import FastHttpUser
from locust.env import Environment
from locust.event import EventHook

NS = 1_000_000_000
OK, GONE = 200, (404, 410)


class OpenUser(FastHttpUser):
    abstract = True

    arrivals_per_second: float = 1.0
    connection_timeout: float = 5.0
    network_timeout: float = 10.0

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._due: int | None = None
        self.client.request_event = _FromIntended(environment.events.request)

    def wait_time(self) -> float:
        """Seconds until this user's next arrival is due: none when it is overdue."""
        now = monotonic_ns()
        self._due = (now if self._due is None else self._due) + round(NS / self.arrivals_per_second)
        greenlet: Any = getcurrent()
        greenlet.intended = self._due
        return max(self._due - now, 0) / NS

    def headers(self) -> dict[str, str]:
        """Sent with every request of `read_back`: what it takes to be let in."""
        return {}

    def read_back(self, path: str) -> str | None:
        """What the API serves at `path`: nothing ("") when it says that there is none, None when it cannot say."""
        response = self.client.get(path, headers=self.headers(), name="(read back)")
        if response.status_code == OK:
            return response.text or ""
        return "" if response.status_code in GONE else None


class _FromIntended(EventHook):
    """Locust's `request` event, its times counted from the intended start of the user's arrival. Under the harness,
    whose recorder knows when each request was sent, nothing is changed: it takes both times from the greenlet.
    """

    def __init__(self, event: EventHook) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._event = event

    def fire(self, *, reverse: bool = False, **request: Any) -> None:
        greenlet: Any = getcurrent()
        if getattr(greenlet, "sent", None) is None:
            intended, greenlet.intended = getattr(greenlet, "intended", None), None
            if intended is not None:
                waited_ms = max((monotonic_ns() - intended) / 1e6 - request["response_time"], 0.0)
                request["response_time"] += waited_ms
                request["start_time"] -= waited_ms / 1000
        self._event.fire(reverse=reverse, **request)

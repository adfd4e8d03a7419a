"""Few people who browse without a pause: each asks again as soon as it has its answer, so that together they have a
system do all that it can. They keep no schedule, so that a latency is what one request took.

harness load insist --users 24 --duration 30s
locust -f scenarios/insist.py --host http://127.0.0.1:4000
"""

# As a module: Locust takes every user that a locustfile names as its own.
from scenarios import browse


class Insist(browse.Browse):
    def wait_time(self) -> float:
        """None at all."""
        return 0.0

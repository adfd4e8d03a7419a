"""People who skim: nearly all look at the newest posts, the same for everybody, a few open one. Nobody writes, so that
what is cached stays as it is.

harness load skim --rate 50 --duration 30s
locust -f scenarios/skim.py --host http://127.0.0.1:4000
"""

from locust import task

from scenarios.clients.reader import Reader


class Skim(Reader):
    @task(9)
    def look(self) -> None:
        self.read_feed()

    @task(1)
    def open_one(self) -> None:
        self.open_post()

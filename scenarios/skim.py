"""People who skim: nearly all look at the newest posts, the same for everybody, a few open one. Nobody writes, so that
what is cached stays as it is.

harness load skim --rate 50 --duration 30s
locust -f scenarios/skim.py --host http://127.0.0.1:4000
"""

import random
from collections import deque

from locust import task

from scenarios.clients.accounts import log_in, logged_in
from scenarios.clients.open_user import OpenUser


class Skim(OpenUser):
    seen: deque[int] = deque(maxlen=500)
    """Posts that any client has seen in the feed: what people open."""

    def on_start(self) -> None:
        self.account = log_in(self.client)

    def headers(self) -> dict[str, str]:
        self.account = logged_in(self.client, self.account)
        return {"Authorization": f"Bearer {self.account.token}"}

    @task(9)
    def look(self) -> None:
        answer = self.client.get("/feed", headers=self.headers(), name="GET /feed")
        if answer.status_code == 200:
            self.seen.extend(post["id"] for post in answer.json()["items"])

    @task(1)
    def open_post(self) -> None:
        if not self.seen:
            self.look()
            return
        self.client.get(f"/posts/{random.choice(self.seen)}", headers=self.headers(), name="GET /posts/{id}")

"""People who browse: log in, read the feed, open posts, now and then write one.

harness load browse --rate 50 --duration 30s
locust -f scenarios/browse.py --host http://127.0.0.1:4000
"""

import random
from collections import deque

from locust import task

from harness.run import Place
from scenarios.clients.accounts import log_in, logged_in
from scenarios.clients.ledger import LEDGER
from scenarios.clients.open_user import OpenUser

POSTS = Place(table="posts", column="body")


class Browse(OpenUser):
    seen: deque[int] = deque(maxlen=500)
    """Posts that any client has seen in a feed or written: what people open."""

    def on_start(self) -> None:
        self.account = log_in(self.client)

    def headers(self) -> dict[str, str]:
        self.account = logged_in(self.client, self.account)
        return {"Authorization": f"Bearer {self.account.token}"}

    @task(6)
    def read_feed(self) -> None:
        answer = self.client.get("/feed", headers=self.headers(), name="GET /feed")
        if answer.status_code == 200:
            self.seen.extend(post["id"] for post in answer.json()["items"])

    @task(3)
    def open_post(self) -> None:
        if not self.seen:
            self.read_feed()
            return
        self.client.get(f"/posts/{random.choice(self.seen)}", headers=self.headers(), name="GET /posts/{id}")

    @task(1)
    def write_post(self) -> None:
        with LEDGER.write("A post by browse", POSTS) as write:
            answer = self.client.post("/posts", json={"body": write.key}, headers=self.headers(), name="POST /posts")
            if answer.status_code == 201:
                post = answer.json()["id"]
                write.answered(answer.status_code, f"/posts/{post}")
                self.seen.append(post)
            else:
                write.answered(answer.status_code)

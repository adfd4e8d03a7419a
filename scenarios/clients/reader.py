"""Who is logged in, and reads what is newest: what the scenarios of readers share. How often each is done, they say."""

import random
from collections import deque

from scenarios.clients.accounts import log_in, logged_in
from scenarios.clients.open_user import OpenUser


class Reader(OpenUser):
    abstract = True

    seen: deque[int] = deque(maxlen=500)
    """Posts that any client has seen in a feed or written: what people open."""

    def on_start(self) -> None:
        self.account = log_in(self.client)

    def headers(self) -> dict[str, str]:
        self.account = logged_in(self.client, self.account)
        return {"Authorization": f"Bearer {self.account.token}"}

    def read_feed(self) -> None:
        answer = self.client.get("/feed", headers=self.headers(), name="GET /feed")
        if answer.status_code == 200:
            self.seen.extend(post["id"] for post in answer.json()["items"])

    def open_post(self) -> None:
        if not self.seen:
            self.read_feed()
            return
        self.client.get(f"/posts/{random.choice(self.seen)}", headers=self.headers(), name="GET /posts/{id}")

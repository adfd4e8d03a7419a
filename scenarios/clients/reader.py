"""Who is logged in, and reads what is newest: what the scenarios of readers share. How often each is done, they say."""

import random
from collections import deque

from scenarios.clients.member import Member


class Reader(Member):
    abstract = True

    seen: deque[int] = deque(maxlen=500)
    """Posts that any client has seen in a feed or written: what people open."""

    def read_feed(self) -> None:
        with self.client.get("/feed", headers=self.headers(), name="GET /feed", catch_response=True) as answer:
            if answer.status_code == 200:
                try:
                    self.seen.extend([post["id"] for post in answer.json()["items"]])
                except (ValueError, TypeError, KeyError):
                    answer.failure("a feed without its posts")

    def open_post(self) -> None:
        if not self.seen:
            self.read_feed()
            return
        self.client.get(f"/posts/{random.choice(self.seen)}", headers=self.headers(), name="GET /posts/{id}")

"""People who write a post and look at once whether it is in the feed, whichever instance answers.

harness load reread --rate 5 --duration 30s
locust -f scenarios/reread.py --host http://127.0.0.1:4000
"""

import random

from locust import task

from harness.run import Place
from scenarios.clients.ledger import LEDGER
from scenarios.clients.member import Member

POSTS = Place(table="posts", column="body")
MOST = 100
"""As many as the feed gives at once: what others have written meanwhile must not push one's own off it."""


class Reread(Member):
    @task
    def write_and_look(self) -> None:
        with LEDGER.write("A post by reread", POSTS) as write:
            answer = self.client.post("/posts", json={"body": write.key}, headers=self.headers(), name="POST /posts")
            if answer.status_code != 201:
                write.answered(answer.status_code)
                return
            post = answer.json()["id"]
            write.answered(201, f"/posts/{post}")
        # Once or twice, or a balancer that takes turns would always send the look where the last but two writes went.
        for _ in range(random.randint(1, 2)):
            feed = self.client.get(f"/feed?limit={MOST}", headers=self.headers(), name="GET /feed")
            if feed.status_code == 200:
                LEDGER.reread(write, any(one["id"] == post for one in feed.json()["items"]))

"""People who browse: log in, read the feed, open posts, now and then write one.

harness load browse --rate 50 --duration 30s
locust -f scenarios/browse.py --host http://127.0.0.1:4000
"""

from locust import task

from harness.run import Place
from scenarios.clients.ledger import LEDGER
from scenarios.clients.reader import Reader

POSTS = Place(table="posts", column="body")


class Browse(Reader):
    @task(6)
    def look(self) -> None:
        self.read_feed()

    @task(3)
    def open_one(self) -> None:
        self.open_post()

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

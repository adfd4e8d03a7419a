"""People who ask the AI helper: chat, have a caption made, and say now and then whether an answer helped.

harness load assist --rate 10 --duration 30s
locust -f scenarios/assist.py --host http://127.0.0.1:4000
"""

import uuid

from locust import task

from scenarios.clients.member import Member


class Assist(Member):
    """No two ask the same: whatever reaches the service twice was sent twice."""

    @task(5)
    def chat(self) -> None:
        turn = {"role": "user", "content": f"What do you call {uuid.uuid4()}?"}
        self.client.post("/ai/chat", json={"messages": [turn]}, headers=self.headers(), name="POST /ai/chat")

    @task(2)
    def caption(self) -> None:
        asked = {"text": f"A picture of {uuid.uuid4()}"}
        self.client.post("/ai/caption", json=asked, headers=self.headers(), name="POST /ai/caption")

    @task(1)
    def give_feedback(self) -> None:
        """The one call that must not be made twice: the service knows no key for it."""
        given = {"answer_id": f"msg_{uuid.uuid4().hex}", "helpful": True}
        self.client.post("/ai/feedback", json=given, headers=self.headers(), name="POST /ai/feedback")

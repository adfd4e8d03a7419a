"""As fast as the client can: what recording costs shows here."""

from locust import FastHttpUser, constant, task


class FlatOut(FastHttpUser):
    wait_time = constant(0)

    @task
    def get(self) -> None:
        self.client.get("/")

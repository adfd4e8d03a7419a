"""A locustfile that knows nothing of this harness."""

from locust import FastHttpUser, constant_throughput, task


class Paced(FastHttpUser):
    wait_time = constant_throughput(10)

    @task
    def get(self) -> None:
        self.client.get("/")

"""What the drills' clients do, as fast as they are answered."""

from locust import constant

from scenarios import browse


class FlatOut(browse.Browse):
    wait_time = constant(0)

"""Roles: what the members of a stack are for, and the ways between them."""

from enum import StrEnum


class Role(StrEnum):
    LB = "lb"
    APP = "app"
    POOL = "pool"
    DB = "db"
    CACHE = "cache"
    UPSTREAM = "upstream"
    SINKS = "sinks"


class Hop(StrEnum):
    """Between a client inside the stack and what it depends on: where the fault proxy can stand."""

    APP_POOL = "app-pool"
    POOL_DB = "pool-db"
    APP_CACHE = "app-cache"
    APP_UPSTREAM = "app-upstream"
    APP_SINKS = "app-sinks"

    @property
    def client(self) -> Role:
        """Who asks over it."""
        return Role(self.value.partition("-")[0])

    @property
    def server(self) -> Role:
        """Who is asked over it."""
        return Role(self.value.partition("-")[2])

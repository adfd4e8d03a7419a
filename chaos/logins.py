"""The application's own login to its database, as libpq takes it."""

from urllib.parse import urlsplit, urlunsplit

from harness.stack import Inspectable


def login_at(stack: Inspectable, address: tuple[str, int]) -> str:
    """At another host and port. What only the application's own pool is told is left out."""
    parts = urlsplit(stack.app_environment["DATABASE_URL"])
    host, port = address
    login, _, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login}@{host}:{port}", query=""))

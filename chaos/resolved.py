"""A server by its address: the name of a container that is dead is looked up for seconds, which no time-out bounds."""

import socket
from urllib.parse import urlsplit


def resolved(url: str) -> str:
    """The same URL with an address in the place of a name that can be looked up now."""
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        return url
    return parts._replace(netloc=f"{socket.gethostbyname(parts.hostname)}:{parts.port}").geturl()

"""From the text of an environment variable to a value: what is allowed, and how to say what is wrong.

Every parser raises a ValueError that completes the sentence "NAME ..." and says what to do. None shows the
value: it may be a secret, or hold one.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from typing import NamedTuple, TypeVar, cast
from urllib.parse import SplitResult, urlsplit

from psycopg.conninfo import conninfo_to_dict

from target.db.url import DatabaseUrl
from target.redis.address import RedisAddress

T = TypeVar("T")
D = TypeVar("D")
Network = IPv4Network | IPv6Network

HOW_TO_SET = {
    "DATABASE_URL": "set it to postgresql://user:password@host:5432/name",
    "REDIS_URL": "set it to redis://host:6379",
    "JWT_SECRET": "make one with `openssl rand -base64 48`",
    "SENTRY_DSN": "set it to https://key@host/project",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "set it to the collector's http://host:4318",
    "UPLOAD_KEY": "make one with `openssl rand -base64 32`",
    "BACKUP_KEY": "make one with `openssl rand -base64 32`",
    "CORS_ORIGINS": "list the web client's origins, such as https://app.example.org",
}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WINDOWS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_SHORTEST_SECRET = 32
_FEWEST_DIFFERENT_CHARACTERS = 8
# What stands in templates and tutorials, where attackers look first.
_PLACEHOLDER = re.compile(
    r"secret|password|change.?me|change.?this|example|default|placeholder|replace|insecure|correct.?horse",
    re.IGNORECASE,
)
_ENCRYPTED = frozenset(("require", "verify-ca", "verify-full"))
_KEY_BYTES = 32
_USUAL_PORTS = {"http": 80, "https": 443}
_SHORTEST_INTERVAL = 0.1


class Rate(NamedTuple):
    """At most so many requests in any window of so many seconds."""

    requests: int
    seconds: int


class Variables:
    """Reads variables one by one and collects what is wrong, so that all of it is told at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def required(self, name: str, parse: Callable[[str], T]) -> T:
        """A variable that must be there. With a problem noted, the value returned is not to be used."""
        value = self._environ.get(name, "")
        try:
            if value == "":
                raise ValueError(f"is missing: {HOW_TO_SET[name]}")
            return parse(value)
        except ValueError as error:
            self.problems.append(f"{name} {error}")
            return cast(T, None)

    def optional(self, name: str, parse: Callable[[str], T], default: D, *, needed: bool = False) -> T | D:
        """A variable with a default, which an empty one means too; `needed` takes the default away."""
        if self._environ.get(name, "") == "" and not needed:
            return default
        return self.required(name, parse)


def secret(text: str) -> str:
    """A signing key that is long and not plainly guessable."""
    how = HOW_TO_SET["JWT_SECRET"]
    if len(text) < _SHORTEST_SECRET:
        raise ValueError(f"is shorter than {_SHORTEST_SECRET} characters: {how}")
    if len(set(text)) < _FEWEST_DIFFERENT_CHARACTERS:
        raise ValueError(f"repeats a few characters and can be guessed: {how}")
    return text


def strong_secret(text: str) -> str:
    """For production: also no template's placeholder, no repetition, no walk along the alphabet."""
    secret(text)
    how = HOW_TO_SET["JWT_SECRET"]
    if _PLACEHOLDER.search(text):
        raise ValueError(f"holds a word out of a template and can be guessed: {how}")
    steps = [abs(ord(right) - ord(left)) for left, right in pairwise(text)]
    if text in (text + text)[1:-1] or sum(step <= 1 for step in steps) > len(steps) / 2:
        raise ValueError(f"follows a pattern and can be guessed: {how}")
    return text


def encrypted_database_url(text: str) -> DatabaseUrl:
    """For production: the connection must be encrypted, and libpq's default would do without."""
    url = DatabaseUrl.parse(text)
    if conninfo_to_dict(url.conninfo).get("sslmode") not in _ENCRYPTED:
        raise ValueError("does not ask for an encrypted connection: add sslmode=require, or better verify-full")
    return url


def redis_url(text: str) -> str:
    """One server, with or without TLS, or a socket's path."""
    parts = _split(text)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError(f"does not start with redis://, rediss:// or unix://: {HOW_TO_SET['REDIS_URL']}")
    if "," in parts.netloc:
        raise ValueError("names several hosts, which is not supported: name one")
    _check_port(parts, HOW_TO_SET["REDIS_URL"])
    RedisAddress.parse(text)
    return text


def guarded_redis_url(text: str) -> str:
    """For production: whoever can write there revives revoked tokens, so a server without a lock is refused."""
    parts = _split(redis_url(text))
    if parts.scheme != "rediss" and not parts.password:
        raise ValueError("has neither TLS nor a password: write rediss://, or redis://:password@host:6379")
    return text


def http_url(text: str) -> str:
    """An absolute http or https URL, without the slash at its end."""
    parts = _split(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is not a URL: write http://host:port or https://host")
    _check_port(parts, "write http://host:port or https://host")
    return text.rstrip("/")


def sentry_dsn(text: str) -> str:
    """A DSN as Sentry shows it: the key stands before the host, the project after it."""
    parts = _split(http_url(text))
    if not parts.username or not parts.path.strip("/"):
        raise ValueError(f"is not a DSN: {HOW_TO_SET['SENTRY_DSN']}")
    return text


def key(text: str) -> bytes:
    """32 bytes in base64, for AES-256."""
    try:
        found = base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"is not base64: {HOW_TO_SET['UPLOAD_KEY']}") from None
    if len(found) != _KEY_BYTES:
        raise ValueError(f"does not hold {_KEY_BYTES} bytes: {HOW_TO_SET['UPLOAD_KEY']}")
    if len(set(found)) < _FEWEST_DIFFERENT_CHARACTERS:
        raise ValueError(f"repeats a few bytes and can be guessed: {HOW_TO_SET['UPLOAD_KEY']}")
    return found


def origins(text: str) -> tuple[str, ...]:
    """Web origins, as browsers send them: scheme, host, and a port that is not the scheme's own."""
    found = words(text)
    for origin in found:
        if origin == "*":
            raise ValueError("allows every origin to act in a user's name: list the origins, without *")
        parts = _split(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or "*" in origin:
            raise ValueError("holds something that is no origin: write https://app.example.org")
        _check_port(parts, "write https://app.example.org:8443")
        if parts.geturl() != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc or origin != origin.lower():
            raise ValueError("holds more than origins: write scheme, host and port in lower case, and no slash after")
        if not origin.isascii() or parts.port == _USUAL_PORTS[parts.scheme]:
            raise ValueError("holds an origin that no browser sends: write xn--… for other letters, and no usual port")
    return found


def https_origins(text: str) -> tuple[str, ...]:
    """For production: a page that came without TLS may have been written by anybody on the way."""
    found = origins(text)
    if not all(origin.startswith("https://") for origin in found):
        raise ValueError("holds an origin without TLS: write https://")
    return found


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and CIDR blocks."""
    try:
        found = tuple(ip_network(word) for word in words(text))
    except ValueError:
        raise ValueError("holds something that is no network: write 10.0.0.0/8, or one address") from None
    if any(network.prefixlen == 0 for network in found):
        raise ValueError("trusts the whole internet: name the proxies' own networks")
    return found


def words(text: str) -> tuple[str, ...]:
    """A list with commas between; spaces around them do not count, nor does a comma at the end."""
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def rate(text: str) -> Rate:
    """Such as 100/minute."""
    match = re.fullmatch(r"([1-9][0-9]{0,6})/(second|minute|hour|day)", text, re.ASCII)
    if match is None:
        raise ValueError("is not a rate: write a number and second, minute, hour or day, such as 100/minute")
    return Rate(int(match[1]), _WINDOWS[match[2]])


def lifetime(text: str) -> timedelta:
    """Such as 7d."""
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhdw])", text, re.ASCII)
    if match is None:
        raise ValueError("is not a duration: write a number and s, m, h, d or w, such as 15m or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def one_of(*allowed: str) -> Callable[[str], str]:
    """One of some words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is not one of {', '.join(allowed)}")
        return text

    return parse


def flag(text: str) -> bool:
    """true or false, as OpenTelemetry writes them."""
    if text.lower() not in ("true", "false"):
        raise ValueError("is neither true nor false")
    return text.lower() == "true"


def token(text: str) -> str:
    """A name that travels in HTTP headers and log lines."""
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", text):
        raise ValueError("may hold visible ASCII characters only, and no space: choose a plainer name")
    return text


def port(text: str) -> int:
    """A TCP port; 0 for any free one."""
    if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) or int(text) > 65535:
        raise ValueError("is not a port: write a number from 0 (any free one) to 65535")
    return int(text)


def seconds(text: str) -> float:
    """Seconds, with up to three digits after the point."""
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", text, re.ASCII):
        raise ValueError("is not a number of seconds: write one such as 5 or 0.5")
    return float(text)


def interval(text: str) -> float:
    """Seconds from one time to the next: what comes again at once never stops."""
    found = seconds(text)
    if found < _SHORTEST_INTERVAL:
        raise ValueError(f"is too often: write {_SHORTEST_INTERVAL} or more")
    return found


def milliseconds(text: str) -> int:
    """Whole milliseconds."""
    if not re.fullmatch(r"[0-9]{1,7}", text, re.ASCII):
        raise ValueError("is not a number of milliseconds: write one such as 200")
    return int(text)


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number between two, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not lowest <= int(text) <= highest:
            raise ValueError(f"is not a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def share(text: str) -> float:
    """From 0 (none) to 1 (all)."""
    if not re.fullmatch(r"[01](\.[0-9]{1,6})?", text, re.ASCII) or float(text) > 1:
        raise ValueError("is not a share: write a number from 0 to 1, such as 0.1")
    return float(text)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("is not a valid URL: look at its host part") from None


def _check_port(parts: SplitResult, how: str) -> None:
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"has a port that is not a number up to 65535: {how}") from None

"""Everything that may differ between two deployments, read once from the environment."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeVar, cast
from urllib.parse import urlsplit

from target.db.url import DatabaseUrl

LogLevel = Literal["error", "warn", "info", "debug", "trace"]
Environment = Literal["development", "production", "test"]
T = TypeVar("T")

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SHORTEST_SECRET = 32
_FEWEST_DIFFERENT_CHARACTERS = 8


class SettingsError(Exception):
    """Every variable that is wrong, each with what to do. Shows no value: values may be secrets."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process's configuration. Secrets stay out of the repr, so out of logs and tracebacks."""

    database: DatabaseUrl = field(repr=False)
    redis_url: str = field(repr=False)
    jwt_secret: str = field(repr=False)
    jwt_expires_in: timedelta = timedelta(days=7)
    log_level: LogLevel = "info"
    app_version: str = "0.0.0"
    environment: Environment = "development"
    instance_name: str = field(default_factory=socket.gethostname)
    host: str = "127.0.0.1"
    port: int = 4000
    drain_seconds: float = 5.0

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read all variables, or raise one SettingsError that names all that are wrong."""
        problems: list[str] = []

        def read(name: str, parse: Callable[[str], T], default: T | None = None) -> T:
            value = environ.get(name, "")
            try:
                if value == "" and default is not None:
                    return default
                if value == "":
                    raise ValueError(f"is missing: {_HOW_TO_SET[name]}")
                return parse(value)
            except ValueError as error:
                problems.append(f"{name} {error}")
                # Never used: a problem was noted, so the Settings are not built from it.
                return cast(T, None)

        values = {
            "database": read("DATABASE_URL", DatabaseUrl.parse),
            "redis_url": read("REDIS_URL", _redis_url),
            "jwt_secret": read("JWT_SECRET", _secret),
            "jwt_expires_in": read("JWT_EXPIRES_IN", _lifetime, timedelta(days=7)),
            "log_level": read("LOG_LEVEL", _one_of("error", "warn", "info", "debug", "trace"), "info"),
            "app_version": read("APP_VERSION", _token, "0.0.0"),
            "environment": read("ENVIRONMENT", _one_of("development", "production", "test"), "development"),
            "instance_name": read("INSTANCE_NAME", _token, socket.gethostname()),
            "host": read("HOST", str, "127.0.0.1"),
            "port": read("PORT", _port, 4000),
            "drain_seconds": read("DRAIN_SECONDS", _seconds, 5.0),
        }
        if problems:
            raise SettingsError(problems)
        return cls(**values)  # type: ignore[arg-type]  # each value was parsed to its field's type above


_HOW_TO_SET = {
    "DATABASE_URL": "set it to postgresql://user:password@host:5432/name",
    "REDIS_URL": "set it to redis://host:6379",
    "JWT_SECRET": "make one with `openssl rand -base64 48`",
}


def _secret(text: str) -> str:
    if len(text) < _SHORTEST_SECRET:
        raise ValueError(f"is shorter than {_SHORTEST_SECRET} characters: {_HOW_TO_SET['JWT_SECRET']}")
    if len(set(text)) < _FEWEST_DIFFERENT_CHARACTERS:
        raise ValueError(f"repeats a few characters and can be guessed: {_HOW_TO_SET['JWT_SECRET']}")
    return text


def _redis_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError(f"does not start with redis://, rediss:// or unix://: {_HOW_TO_SET['REDIS_URL']}")
    if "," in parts.netloc:
        raise ValueError("names several hosts, which is not supported: name one")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"has a port that is not a number up to 65535: {_HOW_TO_SET['REDIS_URL']}") from None
    return text


def _lifetime(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9][0-9]{0,5})([smhdw])", text, re.ASCII)
    if match is None:
        raise ValueError("is not a duration: write a number and s, m, h, d or w, such as 15m or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is not one of {', '.join(allowed)}")
        return text

    return parse


def _token(text: str) -> str:
    # These travel in HTTP headers and log lines.
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", text):
        raise ValueError("may hold visible ASCII characters only, and no space: choose a plainer name")
    return text


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text, re.ASCII) or int(text) > 65535:
        raise ValueError("is not a port: write a number from 0 (any free one) to 65535")
    return int(text)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", text, re.ASCII):
        raise ValueError("is not a number of seconds: write one such as 5 or 0.5")
    return float(text)

"""DATABASE_URL: what the pool needs to know, and what libpq may see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

# Parameters of Prisma's URLs that libpq would refuse. The first three bound the pool; the last two say
# what is true here anyway (the public schema, no server-side prepared statements), so they are accepted.
_LIMITS = {"connection_limit": 10, "pool_timeout": 10, "connect_timeout": 5}
_ALREADY_TRUE = {("schema", "public"), ("pgbouncer", "true")}
_ENCRYPTED = frozenset(("require", "verify-ca", "verify-full"))
_HOW_TO_SET = "set it to postgresql://user:password@host:5432/name"
_HIGHEST = {"connection_limit": 1000, "pool_timeout": 3600, "connect_timeout": 3600}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """Where the database is and how many connections this process may hold."""

    conninfo: str = field(repr=False)
    connection_limit: int = 10
    pool_timeout: int = 10
    connect_timeout: int = 5
    encrypted: bool = False
    """Whether it asks for TLS, so that a connection without is refused."""

    @classmethod
    def parse(cls, text: str) -> DatabaseUrl:
        """Split the pool's parameters off. A ValueError says what to do and shows no part of the URL."""
        try:
            parts = urlsplit(text)
        except ValueError:
            raise ValueError(f"is not a valid URL: {_HOW_TO_SET}") from None
        if parts.scheme not in ("postgresql", "postgres"):
            raise ValueError(f"is not a PostgreSQL URL: {_HOW_TO_SET}")
        limits = dict(_LIMITS)
        rest: list[tuple[str, str]] = []
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            if name in limits:
                limits[name] = _whole_number(name, value)
            elif (name, value) not in _ALREADY_TRUE:
                rest.append((name, value))
        conninfo = urlunsplit(parts._replace(query=urlencode(rest)))
        known = _check(conninfo)
        return cls(conninfo, **limits, encrypted=known.get("sslmode") in _ENCRYPTED)


def _whole_number(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 4 and 1 <= int(value) <= _HIGHEST[name]):
        raise ValueError(f"has a {name} that is not a whole number from 1 to {_HIGHEST[name]}")
    return int(value)


def _check(conninfo: str) -> Mapping[str, object]:
    try:
        known = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError as error:
        # libpq's message may quote the password's part of the URL; only a parameter's name is safe to show.
        text = str(error)
        marker = 'invalid URI query parameter: "'
        name = text.partition(marker)[2].partition('"')[0] if marker in text else ""
        what = f"has a parameter {name} that PostgreSQL does not know" if name else "is not a valid URL"
        advice = "take it out" if name else "percent-encode special characters in the user and password"
        raise ValueError(f"{what}: {advice}") from None
    ports = str(known.get("port") or 5432).split(",")
    if not all(re.fullmatch("[0-9]{1,5}", port, re.ASCII) and 0 < int(port) < 65536 for port in ports):
        raise ValueError(f"has a port that is not a number from 1 to 65535: {_HOW_TO_SET}")
    if not known.get("dbname"):
        raise ValueError("names no database: end the host part with /name")
    return known

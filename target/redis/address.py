"""REDIS_URL: where Redis is, and what it wants to hear before it talks."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

P = TypeVar("P", bound=asyncio.Protocol)
Command = tuple[str | bytes | int, ...]

_HOW_TO_SET = "set it to redis://host:6379"
_DEFAULT_PORT = 6379
# The names that redis-py and its relatives use in their URLs.
_TLS_FILES = frozenset(("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"))
_ALREADY_TRUE = {("ssl_cert_reqs", "required"), ("ssl_check_hostname", "true")}


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """`redis[s]://[[user]:password@]host[:port][/db]`, or `unix://[[user]:password@]/socket[?db=1]`."""

    host: str = "localhost"
    port: int = _DEFAULT_PORT
    socket: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    db: int = 0
    tls: bool = False
    ssl_ca_certs: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None

    @classmethod
    def parse(cls, text: str) -> RedisAddress:
        """Read a URL. A ValueError says what to do and shows no part of it."""
        try:
            parts = urlsplit(text)
            port = parts.port or _DEFAULT_PORT
        except ValueError:
            raise ValueError(f"is not a valid URL with a port up to 65535: {_HOW_TO_SET}") from None
        if parts.scheme not in ("redis", "rediss", "unix"):
            raise ValueError(f"does not start with redis://, rediss:// or unix://: {_HOW_TO_SET}")
        if "," in parts.netloc:
            raise ValueError("names several hosts, which is not supported: name one")
        options = dict(given for given in parse_qsl(parts.query) if given not in _ALREADY_TRUE)
        unknown = options.keys() - _TLS_FILES - {"db"}
        if unknown:
            raise ValueError(f"has parameters that are not known: leave out {', '.join(sorted(unknown))}")
        return cls(
            host=parts.hostname or "localhost",
            port=port,
            socket=unquote(parts.path) if parts.scheme == "unix" else None,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            db=_database(parts, options.pop("db", "")),
            tls=parts.scheme == "rediss",
            **options,
        )

    async def connect(self, protocol: Callable[[], P]) -> P:
        """A new connection, or OSError."""
        loop = asyncio.get_running_loop()
        if self.socket is not None:
            _, made = await loop.create_unix_connection(protocol, self.socket)
            return made
        _, made = await loop.create_connection(protocol, self.host, self.port, ssl=self._tls_context())
        return made

    def greeting(self) -> list[Command]:
        """What must be said first on a new connection."""
        said: list[Command] = []
        if self.password is not None:
            said.append(("AUTH", self.user, self.password) if self.user else ("AUTH", self.password))
        if self.db:
            said.append(("SELECT", self.db))
        return said

    def _tls_context(self) -> ssl.SSLContext | None:
        if not self.tls:
            return None
        # Verified always: who must trust a certificate of one's own names its authority.
        context = ssl.create_default_context(cafile=self.ssl_ca_certs)
        if self.ssl_certfile is not None:
            context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile)
        return context


def _database(parts: SplitResult, option: str) -> int:
    text = option or ("" if parts.scheme == "unix" else parts.path.strip("/"))
    if text and not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise ValueError("has a database that is not a number: write one such as /0, or none")
    return int(text or 0)

"""Proxy: one listening address, one upstream, its toxics and the connections that are open through it."""

import asyncio
import logging
import socket

from chaos.proxy import address
from chaos.proxy.address import Address
from chaos.proxy.applied import Applied
from chaos.proxy.connection import Connection

BACKLOG = 1024
ACCEPTED_AT_ONCE = 64
PAUSE_S = 0.1

log = logging.getLogger(__name__)


class Proxy:
    """Made disabled. Connections are numbered as they come, from 1, for as long as the proxy lives."""

    def __init__(self, name: str, listen: Address, upstream: Address, toxics: list[Applied]) -> None:
        self.name = name
        self.listen = listen
        self.upstream = upstream
        self.toxics = toxics
        self.enabled = False
        self.failures = 0
        self.last_failure: str | None = None
        self.connections: dict[int, Connection] = {}
        self._loop = asyncio.get_running_loop()
        self._listener: socket.socket | None = None
        self._paused: asyncio.TimerHandle | None = None
        self._count = 0

    def bind(self) -> None:
        """Takes its address, without listening yet; OSError where it cannot."""
        self._listener = address.bound(self.listen)
        self.listen = address.of(self._listener)

    def enable(self) -> None:
        """OSError where it cannot listen."""
        if self.enabled:
            return
        if self._listener is None:
            self.bind()
        assert self._listener is not None
        self._listener.listen(BACKLOG)
        self._loop.add_reader(self._listener, self._accept)
        self.enabled = True

    def disable(self) -> None:
        """Refuses connections, and resets those that are open. The address stays its own, so that it can be enabled."""
        if self.enabled and self._listener is not None:
            self.enabled = False
            if self._paused:
                self._paused.cancel()
            self._loop.remove_reader(self._listener)
            self._listener.shutdown(socket.SHUT_RD)
        self._reset_all()

    def close(self) -> None:
        """For good."""
        self.disable()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def move(self, listen: Address, upstream: Address) -> None:
        """Elsewhere, with the open connections reset; OSError where it cannot be, and then nothing has changed."""
        if listen != self.listen:
            new = address.bound(listen)
            try:
                if self.enabled:
                    new.listen(BACKLOG)
            except OSError:
                new.close()
                raise
            enabled = self.enabled
            self.close()
            self._listener, self.listen = new, address.of(new)
            if enabled:
                self.enable()
        if upstream != self.upstream:
            self.upstream = upstream
            self._reset_all()

    def feel(self, toxics: list[Applied]) -> None:
        """From now on these toxics, on open connections and on new ones."""
        self.toxics = toxics
        for connection in list(self.connections.values()):
            connection.feel(toxics)

    def _reset_all(self) -> None:
        for connection in list(self.connections.values()):
            connection.reset()

    def _accept(self) -> None:
        assert self._listener is not None
        for _ in range(ACCEPTED_AT_ONCE):
            try:
                client, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                # No descriptor is left: to ask again at once would do nothing else.
                log.warning("%s accepts nobody for %g s: %s", self.name, PAUSE_S, error.strerror)
                self._loop.remove_reader(self._listener)
                self._paused = self._loop.call_later(PAUSE_S, self._loop.add_reader, self._listener, self._accept)
                return
            self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        client.setblocking(False)
        self._count += 1
        try:
            connection = Connection(self._count, client, self.upstream, self.toxics, self._gone)
        except OSError:
            client.close()  # it was gone before we looked
            return
        self.connections[connection.number] = connection

    def _gone(self, connection: Connection) -> None:
        del self.connections[connection.number]
        if connection.failure is not None:
            self.failures += 1
            # A client that tries again and again would fill the log with the same line.
            if connection.failure != self.last_failure:
                log.warning("%s: %s", self.name, connection.failure)
            self.last_failure = connection.failure

"""Connection: a client, its connection to the upstream, and a link for each direction between them."""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable, Iterable

from chaos.proxy.address import Address
from chaos.proxy.applied import Applied
from chaos.proxy.link import Ends, Link
from chaos.proxy.toxic import Ending, Stream

LINGER_S = 1.0
"""How long a closed connection still reads what comes: an unread byte would turn our FIN into a reset."""

# Linger on, for 0 s: closing resets.
_RESETS = struct.pack("ii", 1, 0)


class Connection:
    """It lives from the accepted client until both sockets are closed, which `gone` is told once.

    `failure` says why there was no connection to the upstream, where there was none.
    """

    def __init__(
        self,
        number: int,
        client: socket.socket,
        upstream: Address,
        toxics: list[Applied],
        gone: Callable[["Connection"], None],
    ) -> None:
        self.number = number
        self.failure: str | None = None
        self.client = Address(*client.getpeername()[:2])
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._sockets = [client]
        self._linger: asyncio.TimerHandle | None = None
        self._over = False
        self.up = self._link(Stream.UPSTREAM)
        self.down = self._link(Stream.DOWNSTREAM)
        _at_once(client)
        self.feel(toxics)
        self._connecting = self._loop.create_task(self._connect(upstream))

    def _link(self, stream: Stream) -> Link:
        link = Link(stream, self.number, lambda how: self._ended(link, how), self._sink_broke)
        return link

    @property
    def open(self) -> bool:
        """Not one that only lingers."""
        return not self._over

    @property
    def toxics(self) -> list[str]:
        return [stage.applied.name for link in (self.up, self.down) for stage in link.stages]

    def feel(self, toxics: list[Applied]) -> None:
        for link in (self.up, self.down):
            link.feel(toxics)

    def reset(self) -> None:
        """Ends at once, with RST to both ends."""
        self._stop()
        for one in self._sockets:
            # A socket whose other end is gone has nobody to tell.
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
        self._close(self._sockets)

    def close(self) -> None:
        """Ends with FIN to both ends: what waits is dropped, what was sent arrives."""
        if self._over:
            return
        self._stop()
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_WR)
            self._loop.add_reader(one, self._discard, one)
        self._linger = self._loop.call_later(LINGER_S, lambda: self._close(self._sockets))

    # -- from the links -----------------------------------------------------------------------------------------

    def _ended(self, link: Link, how: Ending) -> None:
        match how:
            case Ending.RESET:
                self.reset()
            case Ending.CLOSE:
                self.close()
            case Ending.FIN if self.up.finished and self.down.finished:
                self._stop()
                self._close(self._sockets)
            case Ending.FIN:
                client, upstream = self._sockets
                try:
                    (upstream if link is self.up else client).shutdown(socket.SHUT_WR)
                except OSError:
                    self._sink_broke(link)

    def _sink_broke(self, link: Link) -> None:
        """Where a link writes to, the other one reads from: that carries the news, behind the bytes it still has."""
        other = self.down if link is self.up else self.up
        link.stop()
        if other.finished:
            self.reset()
        else:
            other.source_broke()

    # -- the sockets --------------------------------------------------------------------------------------------

    async def _connect(self, address: Address) -> None:
        try:
            upstream = await _connected(address)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error
            self.failure = f"no connection to {address}: {why}"
            self.reset()
            return
        client = self._sockets[0]
        self._sockets.append(upstream)
        self.up.open(Ends(client, upstream))
        self.down.open(Ends(upstream, client))

    def _stop(self) -> None:
        self._over = True
        if self._linger:
            self._linger.cancel()
            self._linger = None
        self._connecting.cancel()
        for link in (self.up, self.down):
            link.stop()

    def _discard(self, one: socket.socket) -> None:
        try:
            if one.recv(65_536):
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass
        self._close([one])

    def _close(self, ones: Iterable[socket.socket]) -> None:
        for one in list(ones):
            self._loop.remove_reader(one)
            one.close()
            self._sockets.remove(one)
        if not self._sockets:
            if self._linger:
                self._linger.cancel()
            gone, self._gone = self._gone, _nothing
            gone(self)


async def _connected(address: Address) -> socket.socket:
    """The first of a name's addresses that answers."""
    loop = asyncio.get_running_loop()
    failure = OSError(f"{address.host} has no address")
    for family, kind, protocol, _, resolved in await loop.getaddrinfo(*address, type=socket.SOCK_STREAM):
        upstream = socket.socket(family, kind, protocol)
        try:
            upstream.setblocking(False)
            _at_once(upstream)
            await loop.sock_connect(upstream, resolved)
            return upstream
        except OSError as error:
            failure = error
            upstream.close()
        except asyncio.CancelledError:
            upstream.close()
            raise
    raise failure


def _at_once(one: socket.socket) -> None:
    """Bytes go on as they come: the proxy adds no delay of its own (Nagle's)."""
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _nothing(connection: Connection) -> None:
    pass

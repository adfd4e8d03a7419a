"""Link: one direction of a connection, from the socket it reads through the toxics to the socket it writes."""

import asyncio
import socket
from collections.abc import Callable
from typing import NamedTuple

from chaos.proxy.applied import Applied
from chaos.proxy.stage import Stage
from chaos.proxy.toxic import Ending, Stream

MOST_HELD = 1 << 20
"""Bytes of one direction that toxics may hold back; beyond it the sender is slowed down, as by a slow reader."""

MOST_CHUNKS = 4096
"""The same for many small chunks, of which each costs more than its bytes."""

# One process, one thread, and nothing stays in it from one read to the next.
_BUFFER = memoryview(bytearray(256 * 1024))


class Ends(NamedTuple):
    source: socket.socket
    sink: socket.socket


class Link:
    """`ended` is told once how the bytes ended at the sink; `broken` that the sink takes no more of them."""

    def __init__(
        self, stream: Stream, connection: int, ended: Callable[[Ending], None], broken: Callable[["Link"], None]
    ) -> None:
        self.stream = stream
        self.stages: list[Stage] = []
        self.received = self.sent = 0
        self.finished = False
        self._connection = connection
        self._ended = ended
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._ends: Ends | None = None
        self._unsent = bytearray()
        self._end: Ending | None = None
        self._source_ended = self._source_broke = self._reading = self._writing = self._stopped = False

    def open(self, ends: Ends) -> None:
        self._ends = ends
        self._regulate()

    def stop(self) -> None:
        """Nothing is read, held or written any more."""
        self._stopped = True
        for stage in self.stages:
            stage.drop()
        self._unsent.clear()
        self._regulate()

    # -- the toxics ---------------------------------------------------------------------------------------------

    def feel(self, applied: list[Applied]) -> None:
        """From now on these toxics, in this order; what waited at one that is gone goes on at once."""
        if self._stopped:
            return
        felt = [one for one in applied if one.stream is self.stream and one.meets(self._connection)]
        names = [one.name for one in felt]
        there = [stage.applied.name for stage in self.stages]
        if [name for name in there if name in names] != [name for name in names if name in there]:
            names = []  # in another order: all of them anew
        # The last one first: what it lets go must not wait again, and stays ahead of what comes from the others.
        for stage in reversed([stage for stage in self.stages if stage.applied.name not in names]):
            self._remove(stage)
        for place, one in enumerate(felt):
            if place < len(self.stages) and self.stages[place].applied.name == one.name:
                if self.stages[place].applied != one:
                    self.stages[place].change(one)
            else:
                self.stages.insert(place, Stage(one, self._connection, self))
        self._regulate()

    def _remove(self, stage: Stage) -> None:
        place = self.stages.index(stage)
        del self.stages[place]
        chunks, how = stage.leave()
        for data in chunks:
            self._put(place, data)
        if how:
            self._put_end(place, how)

    def pass_on(self, after: Stage, data: memoryview) -> None:
        self._put(self.stages.index(after) + 1, data)
        self._regulate()

    def pass_end(self, after: Stage, how: Ending) -> None:
        self._source_ended = True
        self._regulate()
        self._put_end(self.stages.index(after) + 1, how)

    def meet(self, how: Ending) -> None:
        """A toxic ends the connection, whatever waits."""
        self._ended(how)

    def _put(self, place: int, data: memoryview) -> None:
        if place < len(self.stages):
            self.stages[place].take(data)
        elif not self._stopped:
            self._send(data)

    def _put_end(self, place: int, how: Ending) -> None:
        if place < len(self.stages):
            self.stages[place].take_end(how)
        elif not self._stopped:
            self._end = how
            self._end_if_sent()

    # -- the sockets --------------------------------------------------------------------------------------------

    @property
    def held(self) -> int:
        return self.received - self.sent

    def source_broke(self) -> None:
        """The source takes nothing any more: what it still has to say is the last of it, and then comes a reset."""
        self._source_broke = True
        if self._source_ended:
            self._end_of_source()

    def _end_of_source(self, how: Ending = Ending.RESET) -> None:
        if self._stopped:
            return
        self._source_ended = True
        self._regulate()
        # A reset goes to where a FIN waits that came before it: behind the last stage that this has left.
        place = max((place + 1 for place, stage in enumerate(self.stages) if stage.closed), default=0)
        self._put_end(place, Ending.RESET if self._source_broke else how)

    def _read(self) -> None:
        assert self._ends
        try:
            size = self._ends.source.recv_into(_BUFFER)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._end_of_source()
            return
        if size == 0:
            self._end_of_source(Ending.FIN)
            return
        self.received += size
        if not self.stages:
            self._send(_BUFFER[:size])
            return
        self._put(0, memoryview(bytes(_BUFFER[:size])))
        self._regulate()

    def _send(self, data: memoryview) -> None:
        if not self._unsent:
            data = data[self._sent_of(data) :]
        if data and not self._stopped:
            self._unsent += data
            self._regulate()

    def _write(self) -> None:
        with memoryview(self._unsent) as unsent:
            sent = self._sent_of(unsent)
        # A sink that broke has left nothing to send.
        del self._unsent[:sent]
        self._regulate()
        self._end_if_sent()

    def _sent_of(self, data: memoryview) -> int:
        """How many bytes the sink took now."""
        assert self._ends
        try:
            sent = self._ends.sink.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            self._loop.call_soon(self._broken, self)
            return len(data)
        self.sent += sent
        return sent

    def _end_if_sent(self) -> None:
        if self._end and not self._stopped and (not self._unsent or self._end is Ending.RESET):
            how, self._end = self._end, None
            self.finished = True
            self._ended(how)

    def _regulate(self) -> None:
        """Reads while there is room, writes while there is something left: the kernel slows the sender down."""
        if not self._ends:
            return
        source, sink = self._ends
        reading = not self._stopped and not self._source_ended and self._has_room()
        if reading != self._reading:
            self._reading = reading
            self._loop.add_reader(source, self._read) if reading else self._loop.remove_reader(source)
        writing = not self._stopped and bool(self._unsent)
        if writing != self._writing:
            self._writing = writing
            self._loop.add_writer(sink, self._write) if writing else self._loop.remove_writer(sink)

    def _has_room(self) -> bool:
        if not self.stages:
            return not self._unsent
        return self.held < MOST_HELD and sum(stage.chunks for stage in self.stages) < MOST_CHUNKS

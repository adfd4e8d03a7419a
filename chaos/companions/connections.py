"""As many connections as can be had, and whatever becomes free. Where there is a statement, all of them run it, at
once, again and again, and a line of JSON says what became of that.
"""

import asyncio
import sys
from time import monotonic

import msgspec
import psycopg

from chaos.companions.told import Told

AT_ONCE = 8
AGAIN_S = 0.02
ASKS_EVERY_S = 1.0

Connection = psycopg.AsyncConnection[tuple[object, ...]]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """All connections asked at once: how many were answered, and after how long the last one was."""

    connections: int
    answered: int
    seconds: float


class Holder:
    def __init__(self, told: Told) -> None:
        self._told = told
        self._held: list[Connection] = []
        self._refused = asyncio.Event()

    async def fill(self) -> None:
        """For ever: several at once, fewer when one is refused, and then one at a time, since another may have closed.
        Those that come at once are refused for each other's sake: all of them, though some places are free.
        """
        wanted = AT_ONCE
        while True:
            wanted = min(wanted, self._told.clients - len(self._held))
            got = await asyncio.gather(*(self._connect() for _ in range(wanted)))
            self._held += [one for one in got if one is not None]
            if None in got or len(self._held) >= self._told.clients:
                if wanted <= 1:
                    self._refused.set()
                wanted = max(1, wanted // 2)
                await asyncio.sleep(AGAIN_S)

    async def ask(self) -> None:
        await self._refused.wait()
        while True:
            began = monotonic()
            asked = list(self._held)
            answered = await asyncio.gather(*(self._answers(one) for one in asked))
            told = Round(connections=len(asked), answered=sum(answered), seconds=monotonic() - began)
            sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
            sys.stdout.flush()
            await asyncio.sleep(ASKS_EVERY_S)

    async def _connect(self) -> Connection | None:
        try:
            return await psycopg.AsyncConnection.connect(self._told.url, prepare_threshold=None, autocommit=True)
        except (psycopg.Error, OSError):
            return None

    async def _answers(self, connection: Connection) -> bool:
        try:
            await connection.execute(self._told.statement.encode())
        except (psycopg.Error, OSError):
            return False
        return True


async def main() -> None:
    told = Told.read()
    holder = Holder(told)
    await asyncio.gather(holder.fill(), *([holder.ask()] if told.statement else []))


if __name__ == "__main__":
    asyncio.run(main())

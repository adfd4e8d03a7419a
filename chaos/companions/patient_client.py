"""Asks for something small over one connection, again and again, and never gives up by itself. A line of JSON says what
became of each question.
"""

import asyncio
import sys

import msgspec
import psycopg

from chaos.companions.told import Told
from harness.clock import now, seconds

EVERY_S = 0.05
CONNECT_TIMEOUT_S = 5
"""What the guide's DATABASE_URL asks for."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question: when it was sent (ns, by `harness.clock`), after how long that was over, and `why` it was not
    answered, if it was not.
    """

    began: int
    seconds: float
    why: str = ""


async def ask(told: Told) -> None:
    """For ever: over another connection when one is lost."""
    while True:
        began = now()
        try:
            async with await psycopg.AsyncConnection.connect(
                told.url, connect_timeout=CONNECT_TIMEOUT_S, autocommit=True, prepare_threshold=None
            ) as connection:
                while True:
                    began = now()
                    await connection.execute(told.statement.encode())
                    tell(Asked(began=began, seconds=seconds(now() - began)))
                    await asyncio.sleep(EVERY_S)
        except (psycopg.Error, OSError) as error:
            tell(Asked(began=began, seconds=seconds(now() - began), why=str(error).strip()))
        await asyncio.sleep(EVERY_S)


def tell(asked: Asked) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(asked) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(ask(Told.read()))

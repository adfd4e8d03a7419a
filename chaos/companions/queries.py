"""Each client runs a statement again and again."""

import asyncio
import contextlib

import psycopg

from chaos.companions.told import Told

AGAIN_S = 0.05


async def repeat(told: Told) -> None:
    """For ever: who loses its connection makes another."""
    while True:
        with contextlib.suppress(psycopg.Error, OSError):
            async with await psycopg.AsyncConnection.connect(
                told.url, prepare_threshold=None, autocommit=True
            ) as connection:
                while True:
                    await connection.execute(told.statement.encode())
        await asyncio.sleep(AGAIN_S)


async def main() -> None:
    told = Told.read()
    await asyncio.gather(*(repeat(told) for _ in range(told.clients)))


if __name__ == "__main__":
    asyncio.run(main())

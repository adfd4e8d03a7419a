"""Each client runs a statement in a transaction, and then keeps that open without doing anything more."""

import asyncio
import contextlib

import psycopg

from chaos.companions.told import Told

AGAIN_S = 0.05


async def hold(told: Told) -> None:
    """For ever: who loses its connection, or had to wait too long for one, tries again."""
    while True:
        with contextlib.suppress(psycopg.Error, OSError):
            async with await psycopg.AsyncConnection.connect(told.url, prepare_threshold=None) as connection:
                await connection.execute(told.statement.encode())
                async for _ in connection.notifies():
                    pass
        await asyncio.sleep(AGAIN_S)


async def main() -> None:
    told = Told.read()
    await asyncio.gather(*(hold(told) for _ in range(told.clients)))


if __name__ == "__main__":
    asyncio.run(main())

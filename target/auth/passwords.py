"""Password hashes: argon2id, computed where it does not hold up other requests."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's choice: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
# Argon2 gives up the interpreter's lock but not the processor. With two at a time a rush of logins queues
# here, and not in front of the event loop; it also bounds the memory to 38 MiB.
_AT_ONCE = 2

# The hash of a password that nobody has, made with the parameters above.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$MWqFOF7pxbDc6WrZOdgLhw$cJE1WDXeQHHPQZSqG4jyBQW4tgybMM5eJo2XzRu0dxE"


class Passwords:
    """Hashes and verifies in a few threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        """The text to store."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _HASHER.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is right.

        With no stored hash (no such user) it works as long as with one, and says no: the time that a refusal
        takes must not tell who has an account.
        """
        verified = await asyncio.get_running_loop().run_in_executor(self._threads, _verify, stored or _NOBODY, password)
        return verified and stored is not None

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False

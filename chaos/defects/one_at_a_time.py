"""A lock that all instances share is held for each request: together they are as quick as one."""

import asyncio
import fcntl
import os

from starlette.types import ASGIApp, Receive, Scope, Send

from harness.defect import Defect, serving
from target.app import create_app
from target.settings import Settings

TRY_EVERY_S = 0.002


class OneAtATime:
    """By a file beside the uploads, which instances share."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._file = settings.upload_dir / "lock"
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health"):
            await self._app(scope, receive, send)
            return
        async with self._turn:
            lock = os.open(self._file, os.O_CREAT | os.O_RDWR)
            try:
                # Nobody tells another process that a file's lock is free.
                while not _taken(lock):  # noqa: ASYNC110
                    await asyncio.sleep(TRY_EVERY_S)
                await self._app(scope, receive, send)
            finally:
                os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def spoilt_app(settings: Settings) -> ASGIApp:
    return OneAtATime(create_app(settings), settings)


DEFECT = Defect(title="All instances wait for one lock", drill="scale", caught_by="scales", spoil=serving(spoilt_app))

"""Uploads' contents: sealed files in one folder, which all instances share.

A file is there whole or not at all, and is there before its row is; it goes after its row went. So a row always has
its file, and a crash in between leaves at most a file without a row, which nobody can ask for and the retention job
removes.
"""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from target.errors import Problem, unavailable
from target.observability.logs import log
from target.privacy.sealed import Keyring, SealError

_PARTIAL = ".part"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class UploadStore:
    """Writes, reads and removes; 503 for all of it where no key was set, 507 for a file that there is no room for."""

    def __init__(self, folder: Path, keys: Keyring | None) -> None:
        self._folder = folder
        self._keys = keys

    async def write(self, name: UUID, content: bytes) -> None:
        """From the return of this call on the file is there, whatever happens to this process or machine."""
        try:
            await asyncio.to_thread(self._write, name, content, self._ring())
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            # Not a bug, so no report for each: the operators' alert is on the disk itself.
            log.error("no room for uploads", reason=error.strerror)
            raise Problem(507, "There is no room for this file at the moment.") from None

    async def read(self, name: UUID) -> bytes | None:
        """The content, None when the file is gone. SealError when it was tampered with."""
        return await asyncio.to_thread(self._read, name, self._ring())

    async def remove(self, name: UUID) -> None:
        """Make sure that it is gone."""
        await asyncio.to_thread(self.remove_now, name)

    def remove_now(self, name: UUID) -> None:
        """The same for those who may wait."""
        self._path(name).unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[Path]:
        """All files of some age, those that were never finished included."""
        before = time.time() - seconds
        if not self._folder.is_dir():
            return
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before:
                        yield Path(entry.path)

    def _write(self, name: UUID, content: bytes, keys: Keyring) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(name)
        partial = path.with_suffix(_PARTIAL)
        try:
            with partial.open("xb") as file:
                file.write(keys.seal_bytes(content, _context(name)))
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        # The name is part of the folder, which is written to the disk by itself.
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self, name: UUID, keys: Keyring) -> bytes | None:
        try:
            return keys.open_bytes(self._path(name).read_bytes(), _context(name))
        except FileNotFoundError:
            return None
        except SealError as error:
            raise SealError(f"upload {name}: {error}") from None

    def _path(self, name: UUID) -> Path:
        return self._folder / name.hex

    def _ring(self) -> Keyring:
        if self._keys is None:
            raise unavailable("Uploads are not set up here.")
        return self._keys


def _context(name: UUID) -> str:
    return f"upload {name}"

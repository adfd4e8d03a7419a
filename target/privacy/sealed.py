"""Files that only the holder of a key can read or change: AES-256-GCM, in chunks, so of any size.

    8 bytes   "SEALED" and the version, 0 1
    8 bytes   which key: the beginning of its SHA-256
    16 bytes  salt
    then      chunks of up to 64 KiB, each followed by its 16 bytes of authentication

Each file has a key of its own, derived by HKDF-SHA256 from the key, the salt and the file's context, hence a file
put into another's place does not open. A chunk's nonce is its number and whether it is the last: chunks that were
swapped, left out or cut off at the end do not open either. (This is the STREAM construction of Hoang, Reyhanitabar,
Rogaway and Vizár.)
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MAGIC = b"SEALED\x00\x01"
_ID_BYTES = 8
_SALT_BYTES = 16
_CHUNK = 64 * 1024
_TAG = 16


class SealError(Exception):
    """What was sealed does not open: another key, another context, a change, or an end that is missing."""


class Keyring:
    """The key that seals, and older ones that still open: so that keys rotate without sealing all files anew."""

    def __init__(self, key: bytes, *older: bytes) -> None:
        self._key = key
        self._by_id = {_key_id(each): each for each in (*older, key)}

    def seal(self, source: BinaryIO, sink: BinaryIO, context: str) -> None:
        """Copy, sealed. `context` says what this is; opening takes the same."""
        salt = os.urandom(_SALT_BYTES)
        sink.write(_MAGIC + _key_id(self._key) + salt)
        cipher = _cipher(self._key, salt, context)
        number = 0
        chunk = source.read(_CHUNK)
        last = False
        while not last:
            following = source.read(_CHUNK)
            last = not following
            sink.write(cipher.encrypt(_nonce(number, last), chunk, None))
            chunk = following
            number += 1

    def open(self, source: BinaryIO, context: str) -> Iterator[bytes]:
        """The chunks, each authenticated before it is given. SealError, at the latest at the end."""
        header = source.read(len(_MAGIC) + _ID_BYTES + _SALT_BYTES)
        magic, key_id, salt = header[: len(_MAGIC)], header[len(_MAGIC) : -_SALT_BYTES], header[-_SALT_BYTES:]
        if magic != _MAGIC or len(header) != len(_MAGIC) + _ID_BYTES + _SALT_BYTES:
            raise SealError("this is not a sealed file")
        if key_id not in self._by_id:
            raise SealError("this was sealed with a key that is not at hand")
        return self._chunks(source, _cipher(self._by_id[key_id], salt, context))

    def seal_bytes(self, content: bytes, context: str) -> bytes:
        """The same for what is in memory."""
        sink = io.BytesIO()
        self.seal(io.BytesIO(content), sink, context)
        return sink.getvalue()

    def open_bytes(self, content: bytes, context: str) -> bytes:
        """The same for what is in memory."""
        return b"".join(self.open(io.BytesIO(content), context))

    def _chunks(self, source: BinaryIO, cipher: AESGCM) -> Iterator[bytes]:
        from cryptography.exceptions import InvalidTag

        number = 0
        chunk = source.read(_CHUNK + _TAG)
        last = False
        while not last:
            following = source.read(_CHUNK + _TAG)
            last = not following
            try:
                yield cipher.decrypt(_nonce(number, last), chunk, None)
            except InvalidTag:
                raise SealError("this was changed or cut off, or is something else") from None
            chunk = following
            number += 1


def _cipher(key: bytes, salt: bytes, context: str) -> AESGCM:
    # Imported late: it is large, and most processes never open a file.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESGCM(HKDF(SHA256(), 32, salt, b"sealed 1 " + context.encode()).derive(key))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_ID_BYTES]

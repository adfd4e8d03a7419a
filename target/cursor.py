"""A place in a list that is ordered by time, as an opaque text that clients hand back."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FORM = struct.Struct(">qq")
_LENGTH = 22  # of 16 bytes in base64 without padding


@dataclass(frozen=True, slots=True)
class Cursor:
    """After this row. By its keys and not by an offset: that stays right while new rows come in on top."""

    created_at: datetime
    row_id: int

    def __str__(self) -> str:
        packed = _FORM.pack((self.created_at - _EPOCH) // _MICROSECOND, self.row_id)
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode("ascii")

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read one back; ValueError when it is none of ours."""
        if len(text) != _LENGTH or not text.isascii():
            raise ValueError("not a cursor")
        try:
            microseconds, row_id = _FORM.unpack(base64.b64decode(text + "==", altchars=b"-_", validate=True))
            return cls(_EPOCH + timedelta(microseconds=microseconds), row_id)
        except (binascii.Error, struct.error, OverflowError):
            raise ValueError("not a cursor") from None

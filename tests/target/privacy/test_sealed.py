"""Sealed files open for the right key, whole and unchanged, or not at all."""

from __future__ import annotations

import pytest

from target.privacy.sealed import Keyring, SealError

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
CHUNK = 64 * 1024
HEADER = 32


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_opens(size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    sealed = Keyring(KEY).seal_bytes(content, "here")
    assert Keyring(KEY).open_bytes(sealed, "here") == content
    assert len(sealed) == HEADER + size + 16 * max(1, -(-size // CHUNK))


def test_nothing_of_the_content_shows_and_no_two_are_alike() -> None:
    ring = Keyring(KEY)
    one, two = ring.seal_bytes(b"canary" * 100, "here"), ring.seal_bytes(b"canary" * 100, "here")
    assert b"canary" not in one
    assert one[HEADER:] != two[HEADER:]


def test_an_older_key_opens_and_an_unknown_one_does_not() -> None:
    sealed = Keyring(KEY).seal_bytes(b"x", "here")
    assert Keyring(OTHER, KEY).open_bytes(sealed, "here") == b"x"
    with pytest.raises(SealError, match="key that is not at hand"):
        Keyring(OTHER).open_bytes(sealed, "here")


def test_another_place_does_not_open_it() -> None:
    with pytest.raises(SealError):
        Keyring(KEY).open_bytes(Keyring(KEY).seal_bytes(b"x", "here"), "there")


WHOLE = Keyring(KEY).seal_bytes(b"a" * CHUNK + b"b" * CHUNK + b"c", "here")
FIRST = slice(HEADER, HEADER + CHUNK + 16)
SECOND = slice(HEADER + CHUNK + 16, HEADER + 2 * (CHUNK + 16))


@pytest.mark.parametrize(
    "harmed",
    [
        b"",
        WHOLE[:10],
        WHOLE[:HEADER],
        WHOLE[:-1],
        WHOLE[:-17],
        WHOLE + b"x",
        WHOLE[:HEADER] + WHOLE[SECOND] + WHOLE[FIRST] + WHOLE[SECOND.stop :],
        WHOLE[:HEADER] + WHOLE[SECOND.start :],
        WHOLE[: FIRST.stop],
        *(WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :] for at in (0, 7, 8, 16, HEADER, len(WHOLE) - 1)),
    ],
)
def test_a_change_or_a_missing_end_is_noticed(harmed: bytes) -> None:
    with pytest.raises(SealError):
        Keyring(KEY).open_bytes(harmed, "here")

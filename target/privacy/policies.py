"""The texts that people agree to, each with the version by which a consent names it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

_FOLDER = Path(__file__).with_name("texts")
NAMES: Final = ("privacy", "terms", "cookies")


class PolicySection(msgspec.Struct, frozen=True):
    """One paragraph with its heading."""

    heading: str
    text: str


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text. Whoever changes it changes its version."""

    title: str
    version: str
    sections: list[PolicySection]


@cache
def policy(name: str) -> Policy | None:
    """A text by its name, None when there is none of that name."""
    if name not in NAMES:
        return None
    return msgspec.toml.decode((_FOLDER / f"{name}.toml").read_bytes(), type=Policy)


def shown_for(purpose: str) -> Policy:
    """The text that a consent of this purpose is about: what has none of its own is in the privacy policy."""
    found = policy(purpose) or policy("privacy")
    assert found is not None
    return found

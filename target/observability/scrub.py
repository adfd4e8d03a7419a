"""Takes secrets out of what is about to be written or sent: by their names, by their looks, and those that are known.

What is named like a secret is hidden at any depth. Inside of texts (an exception's message, a URL) it is found by
looks: a name with a value behind it, a bearer token, a JWT, a password in a URL. The process's own secrets are
known, so they are found wherever they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

REDACTED: Final = "[redacted]"
_WORDS: Final = (
    r"passw(?:or)?d|passphrase|secret|token|authorization|cookie|api[-_]?key|private[-_]?key|credential|dsn|sentry_key"
    r"|session[-_]?id"
)
_NAME = re.compile(_WORDS, re.IGNORECASE)
_LOOKS: Final = (
    # scheme://user:password@host; the user's name of a DSN is a key as well.
    (re.compile(r"(?<=://)[^/\s@'\"]+@"), f"{REDACTED}@"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {REDACTED}"),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"), REDACTED),
    # name=value, name: value, "name": "value", 'name': b'value'; up to where a value can end.
    (
        re.compile(
            rf"(['\"]?[\w.-]*(?:{_WORDS})[\w.-]*['\"]?\s*(?:[=:]|=>)\s*)"
            r"(?:b?\"(?:[^\"\\]|\\.)*\"|b?'(?:[^'\\]|\\.)*'|[^\s,;&)}\]'\"]+)",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
    # Postgres quotes the row that it refuses.
    (re.compile(r"(?<=DETAIL:)[^\n]*"), f"  {REDACTED}"),
)
_SHORTEST_KNOWN: Final = 8
_DEEPEST: Final = 8
_known: re.Pattern[str] | None = None


def know_secrets(secrets: Iterable[str]) -> None:
    """Hide these values wherever they appear: the process's own passwords and keys."""
    global _known  # noqa: PLW0603 - logging is the process's, and so is what it must not say
    found = sorted({secret for secret in secrets if len(secret) >= _SHORTEST_KNOWN}, key=len, reverse=True)
    _known = re.compile("|".join(map(re.escape, found))) if found else None


def scrub(text: str) -> str:
    """The text without whatever looks like a secret in it."""
    if _known is not None:
        text = _known.sub(REDACTED, text)
    for pattern, instead in _LOOKS:
        text = pattern.sub(instead, text)
    return text


def scrub_values(values: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """A copy in which whatever is named like a secret is hidden, and all texts are scrubbed, at any depth."""
    return {name: REDACTED if _NAME.search(name) else _scrub_value(value, depth) for name, value in values.items()}


def _scrub_value(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return scrub(value)
    if depth >= _DEEPEST:
        return REDACTED
    if isinstance(value, dict):
        return scrub_values({str(name): inner for name, inner in value.items()}, depth + 1)
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrub_value(inner, depth + 1) for inner in value]
    return scrub(value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value))

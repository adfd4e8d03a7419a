"""Secrets in what servers logged: a post-mortem is copied to where the logs never were."""

import re

MASK = "[masked]"
_NAMES = r"password|passwd|pwd|secret|token|api[_-]?key|authorization|cookie|credential|private[_-]?key"
_SECRETS = (
    # Whole before parts: a key block, then what is known by its shape, then what is known by its name.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.S), MASK),
    (re.compile(r"\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), MASK),
    (re.compile(r"\$argon2\w*\$\S+"), MASK),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.I), rf"\1 {MASK}"),
    (re.compile(r"(\w://)[^\s/@]*@"), rf"\1{MASK}@"),
    (
        re.compile(
            rf"(\b[\w-]*(?:{_NAMES})[\w-]*[\"']?\s*[=:]\s*)(?!{re.escape(MASK)})(\"[^\"]*\"|'[^']*'|[^\s,;&)}}]+)", re.I
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), MASK),
)


def masked(text: str) -> str:
    """The text without passwords, tokens, keys and addresses of people, as far as these can be told."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text

"""Text put in the place of other text, for defects."""

import re
from pathlib import Path


def rewrite(file: Path, old: str | re.Pattern[str], new: str) -> None:
    """Every `old` in a file becomes `new`, which may name the groups of a pattern. Raises LookupError for none."""
    file.write_text(rewritten(file.read_text(), old, new))


def rewritten(text: str, old: str | re.Pattern[str], new: str) -> str:
    """The same for a text."""
    spoilt = text.replace(old, new) if isinstance(old, str) else old.sub(new, text)
    if spoilt == text:
        raise LookupError(f"{old!r} is not there any more: a defect that changes nothing is none")
    return spoilt

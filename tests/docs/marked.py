"""Parts of pages that are made from the code, between two comments that readers do not see."""

import re
from pathlib import Path


def between(name: str) -> re.Pattern[str]:
    begin, end = f"<!-- {name}: made by the code -->\n", f"<!-- {name}: end -->"
    return re.compile(f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", re.DOTALL)


def marked(file: Path, name: str) -> str:
    """What stands there. AssertionError when the page has no such part, or two."""
    found = between(name).findall(file.read_text())
    assert len(found) == 1, f"{file.name} has {len(found)} parts that are marked {name!r}"
    return str(found[0]).strip()


def replace_marked(file: Path, name: str, text: str) -> None:
    marked(file, name)
    file.write_text(between(name).sub(lambda _: f"\n{text.strip()}\n\n", file.read_text()))

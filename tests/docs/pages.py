"""The documentation as data: its blocks, tables, links and code spans.

A block whose fence says `run` is run by the tests: ```python run, ```console run, ```toml run. Readers do not see it.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# file: (\S+)\n")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Block(NamedTuple):
    language: str
    runs: bool
    text: str
    line: int

    @property
    def file(self) -> str | None:
        """The path that a block names in its first line: it is that file's content."""
        match = _FILE.match(self.text)
        return match[1] if match else None


class Page:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        self.text = path.read_text() if path.exists() else ""

    def __repr__(self) -> str:
        return self.name

    @cached_property
    def blocks(self) -> list[Block]:
        found = []
        for match in _FENCE.finditer(self.text):
            language, *words = match["info"].split() or [""]
            line = self.text.count("\n", 0, match.start("text")) + 1
            found.append(Block(language, "run" in words, match["text"], line))
        return found

    @cached_property
    def prose(self) -> str:
        """The page without its blocks."""
        return _FENCE.sub("", self.text)

    @property
    def spans(self) -> list[str]:
        return _SPAN.findall(self.prose)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """The headings, as links name them."""
        plain = [re.sub(r"[^\w\s-]", "", heading).strip().lower() for heading in _HEADING.findall(self.prose)]
        return {re.sub(r"\s", "-", heading) for heading in plain}

    def section(self, heading: str) -> str:
        """The text under a heading, up to the next one."""
        match = re.search(rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#+ |\Z)", self.prose, re.MULTILINE | re.DOTALL)
        assert match is not None, f"{self.name} has no heading {heading!r}"
        return match[1]

    def rows(self, heading: str) -> list[list[str]]:
        """The tables under a heading, without their own headings; cells as they are written."""
        return list(_rows(self.section(heading)))

    def column(self, heading: str, number: int = 0) -> list[str]:
        """The code spans of one column of the tables under a heading."""
        return [span for row in self.rows(heading) for span in _SPAN.findall(row[number])]


def _rows(section: str) -> Iterator[list[str]]:
    begun = False
    for line in section.splitlines():
        if not line.startswith("|"):
            begun = False
            continue
        cells = [cell.strip() for cell in line.strip("|").split(" |")]
        cells = [cell.lstrip("| ") for cell in cells]
        if set("".join(cells)) <= set("-: |"):
            begun = True
        elif begun:
            yield cells


README = Page(ROOT / "README.md")
DOCS = [Page(path) for path in sorted((ROOT / "docs").glob("*.md"))]
PAGES = [README, *DOCS]


def page(name: str) -> Page:
    return next(page for page in DOCS if page.path.name == name)

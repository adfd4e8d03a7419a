"""report.html as its text by element, its tags and its ids."""

import html as escapes
import re
from html.parser import HTMLParser

from harness.checks.judge import judge
from harness.run import Run
from reports.html import html


class Outline(HTMLParser):
    """The page as its text by element, its tags and its ids."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def text(self) -> str:
        return " ".join(" ".join(text for tag, text in self.texts if tag not in ("style", "title")).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(run: Run) -> Outline:
    return Outline(html(run, judge(run)))


def headline(run: Run) -> str:
    text = html(run, judge(run)).decode()
    found = re.search(r"<h1>(.*?)</h1>", text, re.DOTALL)
    assert found is not None
    return escapes.unescape(" ".join(re.sub(r"<[^>]+>", "", found[1]).split()))

"""What a companion is told, by its environment, and how it marks what it does."""

import os
from typing import NamedTuple, Self

URL, CLIENTS, STATEMENT = "COMPANION_URL", "COMPANION_CLIENTS", "COMPANION_STATEMENT"


class Told(NamedTuple):
    """`clients` is how many connections to open, `statement` what each of them runs, if anything."""

    url: str
    clients: int = 1
    statement: str = ""

    def environment(self) -> dict[str, str]:
        return {URL: self.url, CLIENTS: str(self.clients), STATEMENT: self.statement}

    @classmethod
    def read(cls) -> Self:
        return cls(os.environ[URL], int(os.environ[CLIENTS]), os.environ[STATEMENT])


def mark(name: str) -> str:
    """A comment in each statement: by it the database's own lists say whose it is, whatever pooler is in between."""
    return f"/* companion {name} */"

"""Reading a Dockerfile: its stages, and the instructions of each."""

import re
import shlex
from typing import NamedTuple


class Stage(NamedTuple):
    """From one FROM to the next. `instructions` are pairs of a name in capitals and the rest of the line."""

    instructions: list[tuple[str, str]]

    def last(self, name: str) -> str:
        """The last instruction of that name, which is the one that counts; empty when there is none."""
        return next((rest for found, rest in reversed(self.instructions) if found == name), "")

    def environment(self) -> dict[str, str]:
        """What ENV sets, with the defaults of ARG put in."""
        values = {}
        for name, rest in self.instructions:
            if name == "ARG":
                key, _, value = rest.partition("=")
                values[key] = value
        found: dict[str, str] = {}
        for name, rest in self.instructions:
            for word in shlex.split(rest) if name == "ENV" else ():
                key, _, value = word.partition("=")
                found[key] = re.sub(r"\$\{(\w+)\}", lambda match: values.get(match[1], ""), value)
        return found


def stages(text: str) -> list[Stage]:
    """Comments and line continuations are taken out as Docker does."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found: list[Stage] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        if name.upper() == "FROM":
            found.append(Stage([]))
        if name and found:
            found[-1].instructions.append((name.upper(), " ".join(rest.split())))
    return found

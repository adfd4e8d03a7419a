"""The errors that the harness can show to a person, read from its source."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from harness import errors
from tests.docs.pages import ROOT

ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
ERRORS |= {"Aborted", "Trouble"}
"""The last two are said by the timeline and by a load process, and reach a person as findings."""

ROOMS = ("harness", "scenarios", "reports")
ANYTHING = "…"


def covers(pattern: str, message: str) -> bool:
    """Whether an explanation is of this message: its … stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split(ANYTHING))), message, re.DOTALL) is not None


@cache
def messages() -> set[str]:
    """What each error says is wrong, with … for what differs."""
    return {
        message
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for message in _messages(file)
        if message.strip(f"{ANYTHING} ")
    }


def _messages(file: Path) -> Iterator[str]:
    for function in ast.walk(ast.parse(file.read_text())):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        assigned = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and _name(call.func) in ERRORS:
                said = call.args[:1] or [keyword.value for keyword in call.keywords if keyword.arg == "what"]
                yield from (_text(one, assigned) for one in said)


def _name(function: ast.expr) -> str:
    """`UsageError` of `UsageError(...)`, and of `(UsageError if ... else InconclusiveError)(...)`."""
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.expr, assigned: dict[str, ast.expr]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else ANYTHING for part in node.values)
    if isinstance(node, ast.Name) and node.id in assigned:
        return _text(assigned[node.id], assigned)
    return ANYTHING

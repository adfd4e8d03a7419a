"""Bringing containers back: what cannot be undone is told for as long as it cannot, however often it is tried."""

from collections.abc import Iterable
from unittest.mock import Mock

import pytest

from harness.stacks.compose import remains
from harness.stacks.compose.acts import NOT_RESTORED

STILL = f"{NOT_RESTORED} app-1: its limits"


@pytest.mark.parametrize(
    ("tries", "told"),
    [
        ([[STILL], [STILL], [STILL]], [STILL]),
        ([[STILL], [], []], []),
        ([["app-1 goes on"], [STILL], [STILL]], ["app-1 goes on", STILL]),
        ([[], [], ["app-1 runs again"]], ["app-1 runs again"]),
    ],
)
async def test_what_cannot_be_undone_is_told_while_it_cannot(
    tries: list[list[str]], told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(len(tries) + 1))
    answers = iter(tries)

    async def all_restored(*_: Iterable[object]) -> list[str]:
        return next(answers)

    monkeypatch.setattr(remains, "all_restored", all_restored)
    monkeypatch.setattr(remains, "LOOK_AGAIN_S", 0)
    monkeypatch.setattr(remains, "now", lambda: next(clock) * 10**9)
    assert await remains.restore(Mock(), (), settles_s=len(tries)) == told

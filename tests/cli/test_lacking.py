"""What is refused before a stack starts is what a stack of that kind lacks, and nothing that it has."""

import pytest

from harness.cli.stacks import LACKING
from harness.conductor.conduct import WANTED
from tests.stacks.fitting import KINDS, has


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_refused_before_a_stack_starts_is_what_it_lacks(kind: str) -> None:
    assert [wanted for wanted in WANTED if not has(KINDS[kind], wanted)] == [LACKING[kind]]

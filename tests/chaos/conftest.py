"""The order of the tests that harm a stack which they share."""

import pytest


def kind_of_stack(item: pytest.Item) -> str:
    spec = getattr(item, "callspec", None)
    return str(spec.params.get("stack", "")) if spec else ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of each file, kind by kind. pytest sorts by the places in a list of pairs, and would start forty stacks."""
    for file in {item.path for item in items}:
        places = [place for place, item in enumerate(items) if item.path == file]
        ordered = sorted((items[place] for place in places), key=kind_of_stack)
        for place, item in zip(places, ordered, strict=True):
            items[place] = item

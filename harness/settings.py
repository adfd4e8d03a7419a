"""harness.toml: what a person may set, with the environment's word over the file's.

Every key is optional; a wrong one is wrong usage that names the key. Paths of servers are also taken from
HARNESS_POSTGRES_BIN, HARNESS_PGBOUNCER, HARNESS_REDIS, HARNESS_HAPROXY; the runs' folder from HARNESS_RUNS; the
compose file from HARNESS_COMPOSE_FILE.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from harness.errors import UsageError
from harness.run import GeneratorLimits

CONFIG_FILE = "harness.toml"


class ServerPaths(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where servers are, when not from their wheels: `postgres_bin` is a folder, the others are programs."""

    postgres_bin: str | None = None
    pgbouncer: str | None = None
    redis: str | None = None
    haproxy: str | None = None


class Remote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hosts beyond this machine that load may go to. Nothing is allowed until it is named here."""

    hosts: tuple[str, ...] = ()


class ComposeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The compose file of `--stack compose`, from the folder that the command is run in. HARNESS_COMPOSE_FILE wins."""

    file: str = "docker-compose.yml"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    runs: str = "runs"
    servers: ServerPaths = ServerPaths()
    generator: GeneratorLimits = GeneratorLimits()
    remote: Remote = Remote()
    compose: ComposeSettings = ComposeSettings()


def read_settings(folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings for a command that is run in `folder`. Raises UsageError for what cannot be used."""
    file = Path(environment.get("HARNESS_CONFIG") or folder / CONFIG_FILE)
    try:
        values = tomllib.loads(file.read_text()) if file.exists() or "HARNESS_CONFIG" in environment else {}
        settings = msgspec.convert(values, Settings)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{file} cannot be used: {error}", "correct or remove it") from error
    paths = {
        field: environment.get(f"HARNESS_{field.upper()}") or getattr(settings.servers, field)
        for field in ServerPaths.__struct_fields__
    }
    return msgspec.structs.replace(
        settings,
        runs=environment.get("HARNESS_RUNS") or settings.runs,
        servers=ServerPaths(**paths),
        compose=ComposeSettings(file=environment.get("HARNESS_COMPOSE_FILE") or settings.compose.file),
    )

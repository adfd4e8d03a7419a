"""The template names every variable that the target reads, explains each, and is a configuration that starts."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.tools.dockerfile import stages
from target.settings import Settings, SettingsError

ROOT = Path(__file__).parents[2]
LINES = (ROOT / ".env.example").read_text().splitlines()
VARIABLE = re.compile(r"(# )?([A-Z_]+)=(.*)")
# Commented out is what the image sets itself: an --env-file would override it.
TEMPLATE = {match[2]: match[3] for match in map(VARIABLE.fullmatch, LINES) if match}
LEFT_TO_THE_IMAGE = {match[2] for match in map(VARIABLE.fullmatch, LINES) if match and match[1]}
SECRET = "8Zr5Qm2vXc7LwKpTn4Yd9BhGs6FjRe3U"


class Asked(dict[str, str]):
    """An environment that notes what it is asked for."""

    def __init__(self, values: Mapping[str, str] = {}) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)


def variables() -> set[str]:
    environment = Asked()
    with pytest.raises(SettingsError):
        Settings.from_environment(environment)
    return environment.names


def manifest(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy/kubernetes" / name).read_text())
    return found


def test_it_names_what_the_target_reads_and_nothing_else() -> None:
    assert set(TEMPLATE) == variables()


def test_every_variable_stands_below_a_comment() -> None:
    bare = [
        line
        for before, line in zip(["", *LINES], LINES, strict=False)
        if VARIABLE.fullmatch(line) and not before.startswith("#") and not VARIABLE.fullmatch(before)
    ]
    assert bare == []


def test_with_a_secret_it_is_a_configuration_that_starts() -> None:
    settings = Settings.from_environment({**TEMPLATE, "JWT_SECRET": SECRET})
    assert (settings.host, settings.port, settings.environment) == ("127.0.0.1", 4000, "development")


def test_what_the_image_sets_is_commented_out() -> None:
    image = stages((ROOT / "Dockerfile").read_text())[-1].environment()
    assert set(image) & set(TEMPLATE) == LEFT_TO_THE_IMAGE


def test_it_holds_no_secret() -> None:
    assert [TEMPLATE[name] for name in ("JWT_SECRET", "UPLOAD_KEY", "SENTRY_DSN", "JWT_SECRET_PREVIOUS")] == [""] * 4


def test_the_manifests_set_variables_that_there_are() -> None:
    config, secret = manifest("base/configmap.yaml")["data"], manifest("secret.example.yaml")["stringData"]
    assert set(config) | set(secret) <= variables()
    assert not set(config) & set(secret)


def test_with_the_secrets_filled_in_the_manifests_are_a_configuration_for_production() -> None:
    secrets = {
        "DATABASE_URL": "postgresql://quemiai:pw@pgbouncer:6432/quemiai?sslmode=verify-full&connection_limit=15",
        "REDIS_URL": "rediss://:pw@redis:6379",
        "JWT_SECRET": SECRET,
        "JWT_SECRET_PREVIOUS": "",
        "UPLOAD_KEY_PREVIOUS": "",
        "UPLOAD_KEY": "q83vEjRWeJASNFZ4kBI0VniQEjRWeJASNFZ4kBI0Vng=",
        "SENTRY_DSN": "https://key@sentry.example.org/1",
    }
    assert set(secrets) == set(manifest("secret.example.yaml")["stringData"])
    settings = Settings.from_environment({**manifest("base/configmap.yaml")["data"], **secrets})
    assert settings.environment == "production"

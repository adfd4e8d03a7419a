"""harness.toml and the environment: what may be set, which wins, and what is wrong usage."""

from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.run import GeneratorLimits
from harness.settings import Remote, ServerPaths, Settings, read_settings

WHOLE = """
runs = "recordings"

[servers]
postgres_bin = "/opt/pg/bin"
redis = "/opt/redis-server"

[generator]
lag_p99_ms = 50
cpu_percent = 80.5

[remote]
hosts = ["staging.example"]
"""


def written(folder: Path, text: str | bytes) -> Path:
    (folder / "harness.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert read_settings(tmp_path, {}) == Settings()
    assert Settings().runs == "runs"
    assert Settings().remote.hosts == ()


def test_a_file_sets_what_it_names_and_leaves_the_rest(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, WHOLE), {}) == Settings(
        runs="recordings",
        servers=ServerPaths(postgres_bin="/opt/pg/bin", redis="/opt/redis-server"),
        generator=GeneratorLimits(lag_p99_ms=50, cpu_percent=80.5),
        remote=Remote(hosts=("staging.example",)),
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environment = {
        "HARNESS_RUNS": "elsewhere",
        "HARNESS_POSTGRES_BIN": "/a",
        "HARNESS_PGBOUNCER": "/b",
        "HARNESS_REDIS": "/c",
        "HARNESS_HAPROXY": "/d",
    }
    settings = read_settings(written(tmp_path, WHOLE), environment)
    assert settings.runs == "elsewhere"
    assert settings.servers == ServerPaths(postgres_bin="/a", pgbouncer="/b", redis="/c", haproxy="/d")
    assert settings.generator == GeneratorLimits(lag_p99_ms=50, cpu_percent=80.5)


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, WHOLE), {"HARNESS_RUNS": "", "HARNESS_REDIS": "", "HARNESS_CONFIG": ""})
    assert (settings.runs, settings.servers.redis) == ("recordings", "/opt/redis-server")


def test_another_file_may_be_named(tmp_path: Path) -> None:
    other = tmp_path / "ci.toml"
    other.write_text('runs = "ci"')
    written(tmp_path, WHOLE)
    assert read_settings(tmp_path, {"HARNESS_CONFIG": str(other)}) == Settings(runs="ci")


def test_a_named_file_that_is_missing_is_wrong_usage(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    with pytest.raises(UsageError) as error:
        read_settings(tmp_path, {"HARNESS_CONFIG": str(missing)})
    assert error.value.what.startswith(f"{missing} cannot be used: ")
    assert error.value.todo == "correct or remove it"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('rums = "runs"', "rums"),
        ("runs = 3", "$.runs"),
        ('[servers]\nhaproxi = "/x"', "haproxi"),
        ('[generator]\nlag_p99_ms = "50ms"', "$.generator.lag_p99_ms"),
        ('[remote]\nhosts = "staging.example"', "$.remote.hosts"),
        ("runs = \n", "line 1"),
        (b'runs = "\xff"', "utf-8"),
    ],
    ids=["unknown key", "wrong type", "unknown server", "unit", "no list", "no TOML", "no UTF-8"],
)
def test_what_cannot_be_used_is_named_with_its_file(tmp_path: Path, text: str | bytes, named: str) -> None:
    with pytest.raises(UsageError) as error:
        read_settings(written(tmp_path, text), {})
    assert error.value.what.startswith(f"{tmp_path / 'harness.toml'} cannot be used: ")
    assert named in error.value.what


def test_a_folder_in_place_of_the_file_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "harness.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be used"):
        read_settings(tmp_path, {})

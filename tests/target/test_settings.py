"""The environment as the target reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from target.settings import Settings, SettingsError

GOOD = {
    "DATABASE_URL": "postgresql://app:hunter2-in-url@db:5432/app",
    "REDIS_URL": "redis://:hunter2-in-url@cache:6379",
    "JWT_SECRET": "correct-horse-battery-staple-0123456789",
}


def problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({**GOOD, **changes})
    return caught.value.problems


def test_three_variables_are_enough() -> None:
    settings = Settings.from_environment(GOOD)
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 4000, "info")
    assert settings.jwt_expires_in == timedelta(days=7)
    assert settings.database.connection_limit == 10
    assert settings.database.pool_timeout == 10
    assert settings.database.connect_timeout == 5


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({})
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "DATABASE_URL",
        "REDIS_URL",
        "JWT_SECRET",
    ]
    assert "\n" not in str(caught.value)


def test_an_empty_value_is_a_missing_one() -> None:
    assert problems(JWT_SECRET="") == ["JWT_SECRET is missing: make one with `openssl rand -base64 48`"]


@pytest.mark.parametrize("secret", ["x" * 31, "abababababababababababababababababab"])
def test_a_weak_secret_is_refused_and_not_shown(secret: str) -> None:
    (problem,) = problems(JWT_SECRET=secret)
    assert problem.startswith("JWT_SECRET ")
    assert secret not in problem


@pytest.mark.parametrize(
    "url",
    [
        "mysql://app:hunter2@db/app",
        "postgresql://app:hunter2@db:54x32/app",
        "postgresql://app:hunter2@db:5432",
        "postgresql://app:hunter2@db/app?sslmod=require",
        "postgresql://app:hunter2@db/app?connection_limit=many",
        "postgresql://app:hunter2@db/app?connection_limit=0",
        "postgresql://app:hunter2@[db/app",
        "hunter2",
    ],
)
def test_a_bad_database_url_is_refused_and_not_shown(url: str) -> None:
    (problem,) = problems(DATABASE_URL=url)
    assert problem.startswith("DATABASE_URL ")
    assert "hunter2" not in problem


def test_the_pools_parameters_do_not_reach_libpq_and_others_do() -> None:
    url = (
        f"{GOOD['DATABASE_URL']}?schema=public&sslmode=require&sslrootcert=/path/to/ca"
        "&pool_timeout=20&connection_limit=15&connect_timeout=3"
    )
    database = Settings.from_environment({**GOOD, "DATABASE_URL": url}).database
    assert database.conninfo == f"{GOOD['DATABASE_URL']}?sslmode=require&sslrootcert=%2Fpath%2Fto%2Fca"
    assert (database.connection_limit, database.pool_timeout, database.connect_timeout) == (15, 20, 3)


@pytest.mark.parametrize("url", ["http://cache", "cache:6379", "redis://a:1,b:2", "redis://cache:port"])
def test_a_bad_redis_url_is_refused(url: str) -> None:
    (problem,) = problems(REDIS_URL=url)
    assert problem.startswith("REDIS_URL ")


@pytest.mark.parametrize(
    ("text", "seconds"), [("7d", 604800), ("15m", 900), ("3600s", 3600), ("12h", 43200), ("1w", 604800)]
)
def test_lifetimes_read_as_people_write_them(text: str, seconds: int) -> None:
    settings = Settings.from_environment({**GOOD, "JWT_EXPIRES_IN": text})
    assert settings.jwt_expires_in == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JWT_EXPIRES_IN", "3600"),
        ("JWT_EXPIRES_IN", "0s"),
        ("JWT_EXPIRES_IN", "-1d"),
        ("LOG_LEVEL", "loud"),
        ("ENVIRONMENT", "staging"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("DRAIN_SECONDS", "-1"),
        ("DRAIN_SECONDS", "nan"),
        ("INSTANCE_NAME", "a\r\nSet-Cookie: b"),
        ("APP_VERSION", "1 0"),
    ],
)
def test_other_bad_values_are_refused_by_name(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} ")


def test_secrets_stay_out_of_the_repr() -> None:
    shown = repr(Settings.from_environment(GOOD))
    assert "hunter2" not in shown
    assert GOOD["JWT_SECRET"] not in shown

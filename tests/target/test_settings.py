"""The environment as the target reads it."""

from __future__ import annotations

import base64
from datetime import timedelta
from ipaddress import ip_network

import pytest

from target.db.url import DatabaseUrl
from target.settings import Settings, SettingsError
from target.variables import Rate

GOOD = {
    "DATABASE_URL": "postgresql://app:hunter2-in-url@db:5432/app",
    "REDIS_URL": "redis://:hunter2-in-url@cache:6379",
    "JWT_SECRET": "correct-horse-battery-staple-0123456789",
}
KEY = base64.b64encode(bytes(range(100, 132))).decode()
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://app:hunter2-in-url@db:5432/app?sslmode=require",
    "REDIS_URL": "rediss://cache:6379",
    "JWT_SECRET": "q7Hk2vX9rLw4TzB8nYcD1mGfJ6sPaE3uVb5KxQhW0oRi",
    "SENTRY_DSN": "https://hunter2key@sentry.example.org/7",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
    "UPLOAD_KEY": KEY,
    "CORS_ORIGINS": "https://app.example.org",
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
        ("JWT_SECRET_PREVIOUS", "short"),
        ("JWT_SECRET_PREVIOUS", GOOD["JWT_SECRET"]),
        ("REFRESH_EXPIRES_IN", "30"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://app.example.org,*"),
        ("CORS_ORIGINS", "https://*.example.org"),
        ("CORS_ORIGINS", "https://app.example.org/"),
        ("CORS_ORIGINS", "https://App.example.org"),
        ("CORS_ORIGINS", "https://user@app.example.org"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "app.example.org"),
        ("CORS_ORIGINS", "https://app.example.org:port"),
        ("CORS_ORIGINS", "https://app.example.org:443"),
        ("CORS_ORIGINS", "https://bücher.example.org"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "the-balancer"),
        ("RATE_LIMIT", "100"),
        ("RATE_LIMIT", "0/minute"),
        ("MAX_IN_FLIGHT", "0"),
        ("MAX_IN_FLIGHT", "many"),
        ("UPLOAD_RATE_LIMIT", "10/fortnight"),
        ("UPLOAD_KEY", "not base64!"),
        ("UPLOAD_KEY", "c2hvcnQ="),
        ("UPLOAD_KEY", base64.b64encode(bytes(32)).decode()),
        ("UPSTREAM_URL", "upstream:8080"),
        ("SENTRY_DSN", "https://sentry.example.org/7"),
        ("SENTRY_DSN", "https://key@sentry.example.org"),
        ("SENTRY_TRACES_SAMPLE_RATE", "1.5"),
        ("SENTRY_TRACES_SAMPLE_RATE", "10%"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_SERVICE_NAME", "two words"),
        ("PROMETHEUS_PUSH_GATEWAY", "gateway"),
        ("PROMETHEUS_PUSH_SECONDS", "0"),
        ("AI_TIMEOUT_MS", "0"),
        ("SLOW_QUERY_MS", "0.2"),
    ],
)
def test_other_bad_values_are_refused_by_name(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} ")


def test_secrets_stay_out_of_the_repr() -> None:
    shown = repr(Settings.from_environment(GOOD))
    assert "hunter2" not in shown
    assert GOOD["JWT_SECRET"] not in shown


def test_the_defaults_are_one_and_the_same() -> None:
    built = Settings(
        database=DatabaseUrl.parse(GOOD["DATABASE_URL"]), redis_url=GOOD["REDIS_URL"], jwt_secret=GOOD["JWT_SECRET"]
    )
    assert Settings.from_environment(GOOD) == built


def test_everything_reads_as_people_write_it() -> None:
    settings = Settings.from_environment(
        {
            **GOOD,
            "JWT_SECRET_PREVIOUS": "another-horse-battery-staple-9876543210",
            "REFRESH_EXPIRES_IN": "2w",
            "CORS_ORIGINS": "https://app.example.org, http://localhost:5173,",
            "TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1",
            "RATE_LIMIT": "5/second",
            "RATE_LIMIT_EXEMPT_AGENTS": "googlebot, bingbot",
            "MAX_IN_FLIGHT": "50",
            "UPLOAD_KEY": KEY.replace("+", "-").replace("/", "_").rstrip("="),
            "UPSTREAM_URL": "http://upstream:8080/",
            "SENTRY_TRACES_SAMPLE_RATE": "0.25",
            "OTEL_SDK_DISABLED": "True",
            "SLOW_QUERY_MS": "50",
        }
    )
    assert settings.jwt_secret_previous == "another-horse-battery-staple-9876543210"
    assert settings.refresh_expires_in == timedelta(days=14)
    assert settings.cors_origins == ("https://app.example.org", "http://localhost:5173")
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("2001:db8::1"))
    assert settings.rate_limit == Rate(5, 1)
    assert settings.rate_limit_exempt_agents == ("googlebot", "bingbot")
    assert settings.max_in_flight == 50
    assert settings.upload_key == bytes(range(100, 132))
    assert settings.upstream_url == "http://upstream:8080"
    assert settings.sentry_traces_sample_rate == 0.25
    assert settings.otel_disabled
    assert settings.slow_query_ms == 50


def production_problems(**changes: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({**PRODUCTION, **changes})
    assert "\n" not in str(caught.value)
    assert not [value for value in (*PRODUCTION.values(), *changes.values()) if len(value) > 8 and value in str(caught)]
    return caught.value.problems


def test_production_starts_with_all_it_needs() -> None:
    assert Settings.from_environment(PRODUCTION).environment == "production"


def test_production_names_all_that_is_missing() -> None:
    missing = production_problems(**{name: "" for name in PRODUCTION if name != "ENVIRONMENT"})
    assert {problem.split()[0] for problem in missing} == set(PRODUCTION) - {"ENVIRONMENT"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://app:hunter2@db/app"),
        ("DATABASE_URL", "postgresql://app:hunter2@db/app?sslmode=prefer"),
        ("DATABASE_URL", "postgresql://app:hunter2@db/app?sslmode=disable"),
        ("REDIS_URL", "redis://cache:6379"),
        ("REDIS_URL", "redis://user@cache:6379"),
        ("JWT_SECRET", "correct-horse-battery-staple-0123456789"),
        ("JWT_SECRET", "your-super-secret-jwt-key-change-me-please"),
        ("JWT_SECRET", "0123456789abcdefghijklmnopqrstuvwxyz"),
        ("JWT_SECRET", "q7Hk2vX9rLw4" * 3),
        ("JWT_SECRET", "a" * 64),
        ("JWT_SECRET", "short"),
        ("JWT_SECRET_PREVIOUS", "0123456789abcdefghijklmnopqrstuvwxyz"),
        ("CORS_ORIGINS", "http://app.example.org"),
        ("CORS_ORIGINS", "*"),
    ],
)
def test_production_refuses_what_is_weak(name: str, value: str) -> None:
    (problem,) = production_problems(**{name: value})
    assert problem.startswith(f"{name} ")


@pytest.mark.parametrize("url", ["redis://:hunter2-long@cache:6379", "rediss://cache:6379"])
def test_production_takes_redis_behind_a_lock(url: str) -> None:
    assert Settings.from_environment({**PRODUCTION, "REDIS_URL": url}).redis_url == url


def test_production_needs_no_collector_when_tracing_is_off() -> None:
    quiet = {**PRODUCTION, "OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": ""}
    assert Settings.from_environment(quiet).otlp_endpoint is None


def test_all_secrets_stay_out_of_the_repr() -> None:
    shown = repr(Settings.from_environment({**PRODUCTION, "JWT_SECRET_PREVIOUS": PRODUCTION["JWT_SECRET"][::-1]}))
    assert "hunter2" not in shown
    assert PRODUCTION["JWT_SECRET"] not in shown
    assert PRODUCTION["JWT_SECRET"][::-1] not in shown
    assert repr(bytes(range(100, 132))) not in shown

"""Everything that may differ between two deployments, read once from the environment."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from target import variables as v
from target.db.url import DatabaseUrl

LogLevel = Literal["error", "warn", "info", "debug", "trace"]
Environment = Literal["development", "production", "test"]

_HUNDRED_A_MINUTE = v.Rate(100, 60)
_TEN_A_MINUTE = v.Rate(10, 60)


class SettingsError(Exception):
    """Every variable that is wrong, each with what to do. Shows no value: values may be secrets."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One process's configuration. Secrets stay out of the repr, so out of logs and tracebacks.

    A URL may hold a password too. None means that the part it belongs to is not there.
    """

    database: DatabaseUrl = field(repr=False)
    redis_url: str = field(repr=False)
    # Who may come in. The previous secret still verifies, and signs nothing: so secrets rotate without logging out.
    jwt_secret: str = field(repr=False)
    jwt_secret_previous: str | None = field(default=None, repr=False)
    jwt_expires_in: timedelta = timedelta(days=7)
    refresh_expires_in: timedelta = timedelta(days=30)
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[v.Network, ...] = ()
    rate_limit: v.Rate = _HUNDRED_A_MINUTE
    upload_rate_limit: v.Rate = _TEN_A_MINUTE
    # Words in a User-Agent that lift the limits. It is the client's own word, so nobody is exempt by default.
    rate_limit_exempt_agents: tuple[str, ...] = ()
    # How many requests one instance works on at once.
    max_in_flight: int = 200
    # What it keeps, and whom it asks.
    upload_dir: Path = Path("uploads")
    upload_key: bytes | None = field(default=None, repr=False)
    upload_key_previous: bytes | None = field(default=None, repr=False)
    upstream_url: str | None = field(default=None, repr=False)
    # How the service at upstream_url is called: see target/external/service.py.
    ai_timeout_ms: int = 5000
    ai_breaker_error_percent: int = 50
    ai_breaker_reset_ms: int = 30000
    ai_retry_times: int = 3
    ai_retry_interval_ms: int = 1000
    # What it tells.
    log_level: LogLevel = "info"
    slow_query_ms: int = 200
    sentry_dsn: str | None = field(default=None, repr=False)
    sentry_traces_sample_rate: float = 0.1
    otlp_endpoint: str | None = field(default=None, repr=False)
    otel_service_name: str = "target"
    otel_disabled: bool = False
    # Of the traces that no caller decided about.
    otel_sampler_share: float = 1.0
    push_gateway: str | None = field(default=None, repr=False)
    push_seconds: float = 15.0
    # Where and as what it runs.
    app_version: str = "0.0.0"
    environment: Environment = "development"
    instance_name: str = field(default_factory=socket.gethostname)
    host: str = "127.0.0.1"
    port: int = 4000
    drain_seconds: float = 5.0

    def secrets(self) -> list[str]:
        """Every value in here that nobody may read in a log."""
        urls = (self.redis_url, self.sentry_dsn, self.otlp_endpoint, self.push_gateway, self.upstream_url)
        passwords = [urlsplit(url).password for url in urls if url]
        keys = filter(None, (self.upload_key, self.upload_key_previous))
        return [
            *(base64.b64encode(key).decode() for key in keys),
            *filter(None, (self.jwt_secret, self.jwt_secret_previous, self.sentry_dsn, *passwords)),
            *filter(None, (str(conninfo_to_dict(self.database.conninfo).get("password") or ""),)),
        ]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read all variables, or raise one SettingsError that names all that are wrong.

        In production more is needed, and what is weak is refused: a service that starts without its error
        reports, or with a guessable secret, is found out too late.
        """
        read = v.Variables(environ)
        environment = read.optional("ENVIRONMENT", v.one_of("development", "production", "test"), "development")
        strict = environment == "production"
        secret = v.strong_secret if strict else v.secret
        otel_disabled = read.optional("OTEL_SDK_DISABLED", v.flag, False)
        settings = cls(
            database=read.required("DATABASE_URL", v.encrypted_database_url if strict else DatabaseUrl.parse),
            redis_url=read.required("REDIS_URL", v.guarded_redis_url if strict else v.redis_url),
            jwt_secret=read.required("JWT_SECRET", secret),
            jwt_secret_previous=read.optional("JWT_SECRET_PREVIOUS", secret, None),
            jwt_expires_in=read.optional("JWT_EXPIRES_IN", v.lifetime, timedelta(days=7)),
            refresh_expires_in=read.optional("REFRESH_EXPIRES_IN", v.lifetime, timedelta(days=30)),
            cors_origins=read.optional("CORS_ORIGINS", v.https_origins if strict else v.origins, (), needed=strict),
            trusted_proxies=read.optional("TRUSTED_PROXIES", v.networks, ()),
            rate_limit=read.optional("RATE_LIMIT", v.rate, _HUNDRED_A_MINUTE),
            upload_rate_limit=read.optional("UPLOAD_RATE_LIMIT", v.rate, _TEN_A_MINUTE),
            rate_limit_exempt_agents=read.optional("RATE_LIMIT_EXEMPT_AGENTS", v.words, ()),
            max_in_flight=read.optional("MAX_IN_FLIGHT", v.whole(1, 9_999), 200),
            upload_dir=read.optional("UPLOAD_DIR", Path, Path("uploads")),
            upload_key=read.optional("UPLOAD_KEY", v.key, None, needed=strict),
            upload_key_previous=read.optional("UPLOAD_KEY_PREVIOUS", v.key, None),
            upstream_url=read.optional("UPSTREAM_URL", v.http_url, None),
            ai_timeout_ms=read.optional("AI_TIMEOUT_MS", v.whole(1, 9_999_999), 5000),
            ai_breaker_error_percent=read.optional("AI_BREAKER_ERROR_PERCENT", v.whole(1, 100), 50),
            ai_breaker_reset_ms=read.optional("AI_BREAKER_RESET_MS", v.milliseconds, 30000),
            ai_retry_times=read.optional("AI_RETRY_TIMES", v.whole(1, 10), 3),
            ai_retry_interval_ms=read.optional("AI_RETRY_INTERVAL_MS", v.milliseconds, 1000),
            log_level=cast(
                LogLevel, read.optional("LOG_LEVEL", v.one_of("error", "warn", "info", "debug", "trace"), "info")
            ),
            slow_query_ms=read.optional("SLOW_QUERY_MS", v.milliseconds, 200),
            sentry_dsn=read.optional("SENTRY_DSN", v.sentry_dsn, None, needed=strict),
            sentry_traces_sample_rate=read.optional("SENTRY_TRACES_SAMPLE_RATE", v.share, 0.1),
            otlp_endpoint=read.optional(
                "OTEL_EXPORTER_OTLP_ENDPOINT", v.http_url, None, needed=strict and not otel_disabled
            ),
            otel_service_name=read.optional("OTEL_SERVICE_NAME", v.token, "target"),
            otel_disabled=otel_disabled,
            otel_sampler_share=read.optional("OTEL_TRACES_SAMPLER_ARG", v.share, 1.0),
            push_gateway=read.optional("PROMETHEUS_PUSH_GATEWAY", v.http_url, None),
            push_seconds=read.optional("PROMETHEUS_PUSH_SECONDS", v.interval, 15.0),
            app_version=read.optional("APP_VERSION", v.token, "0.0.0"),
            environment=cast(Environment, environment),
            instance_name=read.optional("INSTANCE_NAME", v.token, socket.gethostname()),
            host=read.optional("HOST", str, "127.0.0.1"),
            port=read.optional("PORT", v.port, 4000),
            drain_seconds=read.optional("DRAIN_SECONDS", v.seconds, 5.0),
        )
        if settings.jwt_secret is not None and settings.jwt_secret == settings.jwt_secret_previous:
            read.problems.append("JWT_SECRET_PREVIOUS is the same as JWT_SECRET: a rotation needs a new secret")
        if read.problems:
            raise SettingsError(read.problems)
        return settings

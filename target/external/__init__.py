"""Services that are not ours, and how they are called."""

from __future__ import annotations

from target.external.breaker import Breaker
from target.external.service import ExternalService, Policy
from target.observability.metrics import Metrics
from target.settings import Settings

_NAME = "ai"


def external_service(settings: Settings, metrics: Metrics) -> ExternalService | None:
    """The AI service as the settings say, with its breaker; None where none is set."""
    if settings.upstream_url is None:
        return None
    policy = Policy(
        timeout_s=settings.ai_timeout_ms / 1000,
        tries=settings.ai_retry_times,
        interval_s=settings.ai_retry_interval_ms / 1000,
    )
    breaker = Breaker(
        _NAME,
        settings.ai_breaker_error_percent,
        settings.ai_breaker_reset_ms / 1000,
        lambda state: metrics.set_breaker(_NAME, state, state.name.lower()),
    )
    return ExternalService(_NAME, settings.upstream_url, policy, breaker, metrics)

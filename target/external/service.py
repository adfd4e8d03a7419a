"""A service that is not ours: calls with a deadline, tries with pauses between, and a breaker around both.

Three decisions:

- The deadline is for the call, with all its tries and pauses: that is what somebody waits for. A try that hangs
  uses it up and is not made again.
- The breaker counts calls, not tries. A failure that the second try mends is none to anybody; counting it would open
  the breaker on a service that, seen from outside, always answers. But every further try asks the breaker first, and
  the trial call of a half-open breaker is one try.
- Tried again is only what carries an idempotency key, by which the service knows the second try from a second order.
  A refusal (4xx) would only come again, and says nothing against the service: whoever asks wrongly, and often, must
  not open the breaker for everybody.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import uniform
from typing import TYPE_CHECKING, TypeVar

import msgspec

from target.external.breaker import Breaker, BreakerOpen, State
from target.observability.logs import log
from target.observability.tracing import Kind, create_span, traceparent

if TYPE_CHECKING:
    import httpx

    from target.observability.metrics import Metrics

T = TypeVar("T")

# Pauses of exactly one length would bring all callers back in step.
_JITTER = 0.25
_PASSING = frozenset((408, 429))
"""Refusals that are about the moment, and not about the question."""
_MOST_BYTES = 1024 * 1024


class ExternalError(Exception):
    """The service failed: it answered with an error or nonsense, or broke off."""


class ExternalRefusal(ExternalError):
    """It works, and does not want this question."""


class ExternalTimeout(ExternalError):
    """The call's deadline passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How long a call may take with everything (`timeout_s`), and how often and at what distance it is tried."""

    timeout_s: float = 5.0
    tries: int = 3
    interval_s: float = 1.0


class ExternalService:
    """One service by its base URL. Connects with the first call; closed with its process."""

    def __init__(self, name: str, url: str, policy: Policy, breaker: Breaker, metrics: Metrics) -> None:
        self._name = name
        self._url = url
        self._policy = policy
        self._breaker = breaker
        self._metrics = metrics
        self._client: httpx.AsyncClient | None = None

    async def call(self, path: str, body: object, gives: type[T], idempotency_key: str | None = None) -> T:
        """POST, and the answer as `gives`. Raises BreakerOpen at once, ExternalTimeout, or ExternalError."""
        admission = self._breaker.admit()
        with admission, create_span(f"POST {self._name}{path}", Kind.CLIENT):
            once = admission.is_trial or idempotency_key is None
            try:
                async with asyncio.timeout(self._policy.timeout_s):
                    return await self._tries(path, body, gives, idempotency_key, 1 if once else self._policy.tries)
            except TimeoutError:
                raise ExternalTimeout(f"no answer in {self._policy.timeout_s:g} s") from None
            except ExternalRefusal as error:
                refusal = error
        raise refusal

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _tries(self, path: str, body: object, gives: type[T], key: str | None, tries: int) -> T:
        # Imported with the first call: most processes never make one soon after their start.
        from tenacity import (
            AsyncRetrying,
            retry_if_exception_type,
            retry_if_not_exception_type,
            stop_after_attempt,
        )

        retrying = AsyncRetrying(
            stop=stop_after_attempt(tries),
            wait=lambda _: self._policy.interval_s * uniform(1 - _JITTER, 1 + _JITTER),
            retry=retry_if_exception_type(ExternalError) & retry_if_not_exception_type(ExternalRefusal),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                number = attempt.retry_state.attempt_number
                if number > 1 and self._breaker.state is not State.CLOSED:
                    raise BreakerOpen(self._policy.interval_s)
                try:
                    answer = await self._try(path, body, gives, key)
                except ExternalError as error:
                    self._metrics.count_external(self._name, "failed")
                    log.warning("external call failed", service=self._name, path=path, attempt=number, why=str(error))
                    raise
                self._metrics.count_external(self._name, "ok")
                return answer
        raise AssertionError("the last try returns or raises")

    async def _try(self, path: str, body: object, gives: type[T], key: str | None) -> T:
        import httpx

        if self._client is None:
            # The deadline is the call's own, above.
            self._client = httpx.AsyncClient(base_url=self._url, timeout=None, trust_env=False)
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if (parent := traceparent()) is not None:
            headers["traceparent"] = parent
        asked = msgspec.json.encode(body)
        try:
            async with self._client.stream("POST", path, content=asked, headers=headers) as answer:
                content = await _bounded(answer)
        except httpx.HTTPError as error:
            raise ExternalError(type(error).__name__) from None
        if not answer.is_success:
            is_refusal = answer.is_client_error and answer.status_code not in _PASSING
            raise (ExternalRefusal if is_refusal else ExternalError)(f"status {answer.status_code}")
        try:
            return msgspec.json.decode(content, type=gives)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ExternalError(f"status {answer.status_code}, and an answer that is not what was agreed") from None


async def _bounded(answer: httpx.Response) -> bytes:
    """The body: what it may be is agreed on, and its size is not to be the service's decision alone."""
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise ExternalError(f"an answer of more than {_MOST_BYTES} bytes")
    return bytes(content)

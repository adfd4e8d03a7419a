"""The one shape of every error: RFC 9457 `application/problem+json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus

import msgspec
import psycopg
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from target.observability.logs import log
from target.observability.tracing import current_trace_id

_OUR_SIDE = "Something went wrong on our side."


class Invalid(msgspec.Struct, frozen=True):
    """One thing wrong with a request: where (a JSON pointer, or a parameter's name) and what."""

    pointer: str
    detail: str


class Problem(Exception):
    """An answer that is not what the client hoped for. Raise it anywhere; it becomes the response."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Invalid] = (),
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        self.errors = errors
        self.extra = extra


def invalid(pointer: str, detail: str) -> Problem:
    """422 with one reason."""
    return Problem(422, "The request is not valid.", errors=[Invalid(pointer, detail)])


def unavailable(detail: str) -> Problem:
    """503 that asks to come back in a second: what is missing may be back by then."""
    return Problem(503, detail, headers={"Retry-After": "1"})


def problem_response(problem: Problem, path: str) -> Response:
    """Render the shape. `instance` is the path asked for; `trace_id` finds the log lines."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": path,
        "trace_id": current_trace_id.get(),
    }
    if problem.errors:
        body["errors"] = problem.errors
    if problem.extra:
        body.update(problem.extra)
    return Response(_encode(body), problem.status, problem.headers, "application/problem+json")


def _encode(body: dict[str, object]) -> bytes:
    return msgspec.json.encode(body)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error, request.url.path)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {404: "There is nothing at this path.", 405: "This path does not take this method."}
    problem = Problem(error.status_code, details.get(error.status_code, error.detail), headers=error.headers)
    return problem_response(problem, request.url.path)


async def _on_database_unavailable(request: Request, error: Exception) -> Response:
    # The reason names hosts and roles: for the log, not for the client.
    log.warning("database unavailable", error=type(error).__name__, reason=str(error).strip())
    return problem_response(unavailable("The database did not answer in time."), request.url.path)


def _last_resort(path: str) -> Response:
    """A 500, whatever else is broken: when even the shape cannot be rendered, its words as they are."""
    with suppress(Exception):
        return problem_response(Problem(500, _OUR_SIDE), path)
    # A trace id is hex, and nothing here is the client's.
    body = f'{{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"{_OUR_SIDE}",'
    body += f'"instance":"","trace_id":"{current_trace_id.get()}"}}'
    return Response(body, 500, media_type="application/problem+json")


async def _on_anything(request: Request, _error: Exception) -> Response:
    # What fails outside of UnhandledErrors, in the middleware around it. Starlette raises it again, and the
    # server logs it.
    return _last_resort(request.url.path)


async def _on_gone(request: Request, _error: Exception) -> Response:
    # It was there when the statement looked, and deleted before the statement was done.
    return problem_response(Problem(404, "What this refers to is no longer there."), request.url.path)


EXCEPTION_HANDLERS: dict[object, ExceptionHandler] = {
    Problem: _on_problem,
    HTTPException: _on_http_exception,
    # The pool's time-out, a refused or lost connection, a cancelled query, a server that is shutting down.
    psycopg.OperationalError: _on_database_unavailable,
    psycopg.InterfaceError: _on_database_unavailable,
    psycopg.errors.ForeignKeyViolation: _on_gone,
    Exception: _on_anything,
}


Report = Callable[[BaseException, Scope], None]
"""Tells somebody outside of an error and the request that met it. Never raises."""


class UnhandledErrors:
    """Turns what nobody foresaw into a 500, into one log line with the traceback, and into one report.

    Starlette's own last resort sits outside of all other middleware and re-raises, so its answer would
    lack the trace id and the error would be logged twice.
    """

    def __init__(self, app: ASGIApp, report: Report) -> None:
        self._app = app
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            try:
                await self._app(scope, receive, noting_start)
            except Problem as problem:
                # Raised by a middleware further in, where no exception handler of the routes reaches.
                if started:
                    raise
                await problem_response(problem, scope["path"])(scope, receive, noting_start)
        except ClientDisconnect:
            pass
        except Exception as error:
            self._report(error, scope)
            if started:
                # Half an answer is out; only a broken connection can tell the client. The server logs it.
                raise
            log.error("unhandled error", exc_info=error)
            await _last_resort(scope["path"])(scope, receive, send)

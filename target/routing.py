"""Endpoint: a route that says what it takes, what it gives, and who may call it.

What is declared here is what is enforced, and what /openapi.json tells. A handler begins where the caller is
known, allowed, and has sent what was asked for:

    async def create(request: Request, new: NewPost) -> Response: ...

    ROUTES = [Endpoint("POST", "/posts", create, takes=NewPost, gives=Post, status=201)]
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Final, Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from target.auth.admission import Admission, Limit
from target.auth.models import Role
from target.bodies import read_json, read_query
from target.errors import Problem

ANYBODY: Final[frozenset[Role]] = frozenset()
MEMBERS: Final[frozenset[Role]] = frozenset(("user", "moderator", "admin"))
STAFF: Final[frozenset[Role]] = frozenset(("moderator", "admin"))
ADMINS: Final[frozenset[Role]] = frozenset(("admin",))

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[..., Awaitable[Response]]
Ahead = Callable[[Request], object]

_HIGHEST_ID = 2**63 - 1
_LONGEST_ID = 19


class Endpoint(Route):
    """One method of one path.

    The handler gets the request, then the decoded query (a `query` struct) and the decoded body (a `takes`
    struct), whichever are declared. `gives` and `status` describe the answer when all is well; None is one
    without a body. Nobody in `roles` means that everybody may call it, token or not.

    `ahead` asks Redis for what the handler will need, in the same round trip as admission; the handler gets what
    it returned as its last argument. It runs before anybody is admitted, so it may only ask, and must not raise.

    The rest only tells readers of /openapi.json: `problems` are the errors beyond those that follow from the
    other parameters, such as 409; `media_type` is the answer's; `accepts` is the type of a body that the handler
    reads by itself, such as "multipart/form-data".
    """

    def __init__(
        self,
        method: Method,
        path: str,
        handler: Handler,
        *,
        roles: frozenset[Role] = MEMBERS,
        query: type[msgspec.Struct] | None = None,
        takes: type[msgspec.Struct] | None = None,
        gives: object = None,
        status: int = 200,
        limit: Limit | None = "default",
        problems: Collection[int] = (),
        media_type: str = "application/json",
        accepts: str | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        self.method = method
        self.handler = handler
        self.roles = roles
        self.query = query
        self.takes = takes
        self.gives = gives
        self.status = status
        self.limit = limit
        self.problems = problems
        self.media_type = media_type
        self.accepts = accepts
        self.ahead = ahead
        self._serve = self._serving()
        super().__init__(path, self._serve, methods=[method], name=f"{method} {path}")

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or say 405: a route of one method does not know which others the path takes."""
        if self.methods is not None and scope["method"] not in self.methods:
            raise HTTPException(405, headers={"Allow": ", ".join(_methods_at(scope))})
        # Without Route's own handling of exceptions: the application's, further out, is the same once more.
        response = await self._serve(Request(scope, receive, send))
        await response(scope, receive, send)

    def _serving(self) -> Callable[[Request], Awaitable[Response]]:
        handler, roles, query, limit, ahead = self.handler, self.roles, self.query, self.limit, self.ahead
        decoder: msgspec.json.Decoder[object] | None = msgspec.json.Decoder(self.takes) if self.takes else None

        async def serve(request: Request) -> Response:
            admission = Admission(request, roles, limit)
            asked = ahead(request) if ahead is not None else None
            quota = await admission.decide()
            arguments: list[object] = []
            if query is not None:
                arguments.append(read_query(request, query))
            if decoder is not None:
                arguments.append(await read_json(request, decoder))
            if ahead is not None:
                arguments.append(asked)
            response = await handler(request, *arguments)
            if quota is not None:
                response.raw_headers += quota.headers()
            return response

        return serve


def _methods_at(scope: Scope) -> list[str]:
    found: set[str] = set()
    for route in scope["app"].routes:
        if isinstance(route, Route) and route.path_regex.match(scope["path"]):
            found |= route.methods or set()
    return sorted(found)


def path_id(request: Request, what: str, name: str = "id") -> int:
    """An id in the path; 404 "There is no such {what}." for anything that can be no id.

    Checked here, and not by the route's pattern: what the database's bigint cannot hold is just not there.
    """
    text: str = request.path_params[name]
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID and int(text) <= _HIGHEST_ID):
        raise no_such(what)
    return int(text)


def no_such(what: str) -> Problem:
    """404."""
    return Problem(404, f"There is no such {what}.")


def account_is_gone() -> Problem:
    """401 for a token that outlived its account."""
    return Problem(401, "This account no longer exists.", headers={"WWW-Authenticate": "Bearer"})

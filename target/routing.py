"""Endpoint: a route that says what it takes, what it gives, and who may call it.

What is declared here is what is enforced, and what /openapi.json tells. A handler begins where the caller is
known, allowed, and has sent what was asked for:

    async def create(request: Request, new: NewPost) -> Response: ...

    ROUTES = [Endpoint("POST", "/posts", create, takes=NewPost, gives=Post, status=201)]
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from target.auth.admission import Limit, admit
from target.auth.models import Role
from target.bodies import read_json, read_query
from target.errors import Problem

ANYBODY: Final[frozenset[Role]] = frozenset()
MEMBERS: Final[frozenset[Role]] = frozenset(("user", "moderator", "admin"))
STAFF: Final[frozenset[Role]] = frozenset(("moderator", "admin"))
ADMINS: Final[frozenset[Role]] = frozenset(("admin",))

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[..., Awaitable[Response]]

_HIGHEST_ID = 2**63 - 1
_LONGEST_ID = 19


class Endpoint(Route):
    """One method of one path.

    The handler gets the request, then the decoded query (a `query` struct) and the decoded body (a `takes`
    struct), whichever are declared. `gives` and `status` describe the answer when all is well; None is one
    without a JSON body. Nobody in `roles` means that everybody may call it, token or not.
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
    ) -> None:
        self.method = method
        self.handler = handler
        self.roles = roles
        self.query = query
        self.takes = takes
        self.gives = gives
        self.status = status
        self.limit = limit
        super().__init__(path, self._serving(), methods=[method], name=f"{method} {path}")

    def _serving(self) -> Callable[[Request], Awaitable[Response]]:
        handler, roles, query, limit = self.handler, self.roles, self.query, self.limit
        decoder: msgspec.json.Decoder[object] | None = msgspec.json.Decoder(self.takes) if self.takes else None

        async def serve(request: Request) -> Response:
            await admit(request, roles, limit)
            arguments: list[object] = []
            if query is not None:
                arguments.append(read_query(request, query))
            if decoder is not None:
                arguments.append(await read_json(request, decoder))
            return await handler(request, *arguments)

        return serve


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

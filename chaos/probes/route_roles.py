"""Who may call what: every route, as nobody and in each role, against the table below.

The table is written down here and not taken from the service: a check that was dropped there, from the code and so
from what it says of itself, would else be asked for nowhere. A new route is a new line.
"""

from collections.abc import Iterator
from typing import Any

import httpx

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Account, Prober

ROLES = ("user", "moderator", "admin")
ALLOWED = {"anybody": (), "members": ROLES, "staff": ("moderator", "admin"), "admins": ("admin",)}
TABLE = {
    "GET /feed": "members",
    "POST /posts": "members",
    "GET /posts/{id}": "members",
    "PATCH /posts/{id}": "members",
    "DELETE /posts/{id}": "members",
    "PUT /posts/{id}/like": "members",
    "DELETE /posts/{id}/like": "members",
    "GET /posts/{id}/page": "anybody",
    "POST /posts/{id}/comments": "members",
    "GET /posts/{id}/comments": "members",
    "GET /comments/{id}": "members",
    "DELETE /comments/{id}": "members",
    "GET /users/me": "members",
    "PATCH /users/me": "members",
    "GET /users/{id}": "members",
    "GET /users/{id}/page": "anybody",
    "PUT /users/{id}/follow": "members",
    "DELETE /users/{id}/follow": "members",
    "GET /users/{id}/followers": "members",
    "GET /users/{id}/following": "members",
    "POST /conversations": "members",
    "GET /conversations": "members",
    "GET /conversations/{id}": "members",
    "POST /conversations/{id}/messages": "members",
    "GET /conversations/{id}/messages": "members",
    "GET /search/posts": "members",
    "GET /search/people": "members",
    "GET /notifications": "members",
    "GET /notifications/unread": "members",
    "PUT /notifications/read": "members",
    "PUT /notifications/{id}/read": "members",
    "GET /users/me/preferences": "members",
    "PATCH /users/me/preferences": "members",
    "POST /auth/register": "anybody",
    "POST /auth/login": "anybody",
    "POST /auth/refresh": "anybody",
    "POST /auth/logout": "members",
    "POST /auth/password": "members",
    "GET /admin/users": "staff",
    "GET /admin/users/{id}": "staff",
    "PATCH /admin/users/{id}": "admins",
    "PUT /admin/users/{id}/suspension": "staff",
    "DELETE /admin/users/{id}/suspension": "staff",
    "DELETE /admin/posts/{id}": "staff",
    "POST /ai/caption": "members",
    "POST /ai/chat": "members",
    "POST /ai/feedback": "members",
    "POST /uploads": "members",
    "GET /uploads": "members",
    "GET /uploads/{id}": "members",
    "DELETE /uploads/{id}": "members",
    "GET /privacy/export": "members",
    "GET /privacy/format": "anybody",
    "GET /privacy/consents": "members",
    "POST /privacy/consents": "members",
    "DELETE /privacy/consents/{purpose}": "members",
    "POST /privacy/erasure": "members",
    "GET /policies/{name}": "anybody",
    "GET /openapi.json": "anybody",
}
# After it the token is no longer good, which is no question of roles.
ENDS_THE_SESSION = "POST /auth/logout"
# What says no to nobody in particular: a right body or a right id would have been served.
LET_IN = tuple(status for status in range(200, 500) if status not in (401, 403, 429))


async def ask(prober: Prober) -> None:
    described = await prober.http.get("/openapi.json")
    declared = dict(operations(described.json()))
    for name in sorted(TABLE.keys() | declared.keys()):
        expected = sorted(ALLOWED[TABLE[name]]) if name in TABLE else None
        both = f"declared for {told(declared.get(name))}; expected for {told(expected)}"
        prober.saw("role-table-differs", name, declared.get(name) != expected, detail=both)
    accounts = {role: await prober.register(role=role) for role in ROLES}
    for name in sorted(TABLE):
        allowed = ALLOWED[TABLE[name]]
        answer = await call(prober.http, name, None)
        prober.saw("refused-nobody" if allowed else "let-in", f"nobody {name}", answer.status_code)
        for role, account in accounts.items():
            account = await prober.register(role=role) if name == ENDS_THE_SESSION else account
            answer = await call(prober.http, name, account)
            of = "let-in" if role in allowed or not allowed else "refused-role"
            prober.saw(of, f"{role} {name}", answer.status_code, detail=answer.text[:120])


def operations(document: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Every operation with the roles that the service says it takes."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", sorted(operation["x-roles"])


async def call(http: httpx.AsyncClient, name: str, account: Account | None) -> httpx.Response:
    """With ids that nothing has and a body that says nothing: who is let in changes nothing by it."""
    method, path = name.split(" ")
    path = path.replace("{id}", str(2**53 - 1)).replace("{name}", "nothing").replace("{purpose}", "nothing")
    body: dict[str, str] | None = {} if method in ("POST", "PUT", "PATCH") else None
    return await http.request(method, path, json=body, headers=account.headers if account else None)


def told(roles: list[str] | None) -> str:
    if roles is None:
        return "no such route"
    return ", ".join(roles) or "anybody"


PROBE = probe(
    title="Every route in every role",
    ask=ask,
    expect=(
        Observed(of="role-table-differs", equals=0, cases=len(TABLE)),
        Observed(of="refused-nobody", equals=401, cases=40),
        Observed(of="refused-role", equals=403, cases=7),
        Observed(of="let-in", among=LET_IN, cases=120),
    ),
    claims=("SEC-RBAC",),
)

"""A person's rights over their data: to see it, to take it along, to agree or not, to be forgotten."""

from __future__ import annotations

from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.auth.queries import find_password_hash
from target.bodies import json_response
from target.errors import Problem, invalid
from target.html import html_response
from target.privacy import audit, consents, erasure
from target.privacy.export import describe, export
from target.privacy.models import ConsentRow, Consents, Erasure, ErasureRequest, Export, Format, NewConsent, Purpose
from target.privacy.policies import policy, shown_for
from target.routing import ANYBODY, Endpoint, account_is_gone, no_such
from target.services import services

_PRIVATE = {"Cache-Control": "no-store"}


async def read_export(request: Request) -> Response:
    """GET /privacy/export: all that there is about oneself, as a file."""
    here, user_id = services(request), caller(request).user_id
    await audit.record(here.database, actor=user_id, action="privacy.export", subjects=[user_id])
    found = await export(here.database, user_id)
    if found is None:
        raise account_is_gone()
    return json_response(found, 200, {"Content-Disposition": 'attachment; filename="export.json"', **_PRIVATE})


async def read_format(_request: Request) -> Response:
    """GET /privacy/format: what an export holds, as a JSON Schema."""
    return json_response(describe())


async def list_consents(request: Request) -> Response:
    """GET /privacy/consents: what one has agreed to, now and before."""
    return json_response(await consents.consents(services(request).database, caller(request).user_id), 200, _PRIVATE)


async def decide(request: Request, new: NewConsent) -> Response:
    """POST /privacy/consents: agree to the current version of a text, or decline."""
    current = shown_for(new.purpose).version
    if new.version != current:
        # Nobody can have agreed to a text that is not the one shown.
        raise invalid("/version", f"Expected {current}, the version of the text that is served now")
    user_id = caller(request).user_id
    row = await consents.decide(services(request).database, user_id, new.purpose, new.version, new.granted)
    if row is None:
        raise account_is_gone()
    return json_response(row, 201, _PRIVATE)


async def withdraw(request: Request) -> Response:
    """DELETE /privacy/consents/{purpose}: as easily as it was given. May be said again."""
    purpose = request.path_params["purpose"]
    if purpose not in get_args(Purpose):
        raise no_such("purpose")
    await consents.withdraw(services(request).database, caller(request).user_id, purpose)
    return Response(status_code=204)


async def erase(request: Request, given: ErasureRequest) -> Response:
    """POST /privacy/erasure: end the account and remove everything about its owner."""
    here, user_id = services(request), caller(request).user_id
    stored = await find_password_hash(here.database, user_id)
    if stored is None:
        raise account_is_gone()
    if not await here.passwords.verify(stored, given.password):
        raise Problem(403, "The password is wrong.")
    wish = await erasure.request_erasure(here, user_id)
    if wish is None:
        raise account_is_gone()
    await erasure.erase_requested(here)
    return json_response(wish, 202, _PRIVATE)


async def read_policy(request: Request) -> Response:
    """GET /policies/{name}: privacy, terms or cookies, to be read by people."""
    found = policy(request.path_params["name"])
    if found is None:
        raise no_such("policy")
    return html_response("policy.html", policy=found)


ROUTES = [
    Endpoint("GET", "/privacy/export", read_export, gives=Export),
    Endpoint("GET", "/privacy/format", read_format, roles=ANYBODY, gives=Format),
    Endpoint("GET", "/privacy/consents", list_consents, gives=Consents),
    Endpoint("POST", "/privacy/consents", decide, takes=NewConsent, gives=ConsentRow, status=201),
    Endpoint("DELETE", "/privacy/consents/{purpose}", withdraw, status=204, problems=(404,)),
    Endpoint("POST", "/privacy/erasure", erase, takes=ErasureRequest, gives=Erasure, status=202, problems=(403,)),
    Endpoint("GET", "/policies/{name}", read_policy, roles=ANYBODY, gives=str, media_type="text/html", problems=(404,)),
]

"""Each user's settings."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.bodies import json_response
from target.preferences.models import Preferences, PreferencesChange
from target.preferences.queries import change_preferences, find_preferences
from target.routing import Endpoint, account_is_gone
from target.services import services


async def read(request: Request) -> Response:
    """GET /users/me/preferences: one's own settings."""
    return json_response(await find_preferences(services(request).database, caller(request).user_id))


async def change(request: Request, wanted: PreferencesChange) -> Response:
    """PATCH /users/me/preferences: change some of them."""
    preferences = await change_preferences(services(request).database, caller(request).user_id, wanted)
    if preferences is None:
        raise account_is_gone()
    return json_response(preferences)


ROUTES = [
    Endpoint("GET", "/users/me/preferences", read, gives=Preferences),
    Endpoint("PATCH", "/users/me/preferences", change, takes=PreferencesChange, gives=Preferences),
]

"""What others did that concerns you."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.bodies import json_response
from target.notifications import queries
from target.notifications.models import Notification, Unread
from target.paging import Listing, Page
from target.routing import Endpoint, no_such, path_id
from target.services import services


async def list_(request: Request, page: Page) -> Response:
    """GET /notifications: the newest first."""
    return json_response(await queries.list_notifications(services(request).database, caller(request).user_id, page))


async def unread(request: Request) -> Response:
    """GET /notifications/unread: the number beside the bell."""
    return json_response(Unread(await queries.count_unread(services(request).database, caller(request).user_id)))


async def mark_read(request: Request) -> Response:
    """PUT /notifications/{id}/read: may be said again."""
    notification_id = path_id(request, "notification")
    if not await queries.mark_read(services(request).database, notification_id, caller(request).user_id):
        raise no_such("notification")
    return Response(status_code=204)


async def mark_all_read(request: Request) -> Response:
    """PUT /notifications/read: all that there are."""
    await queries.mark_all_read(services(request).database, caller(request).user_id)
    return Response(status_code=204)


ROUTES = [
    Endpoint("GET", "/notifications", list_, query=Page, gives=Listing[Notification]),
    Endpoint("GET", "/notifications/unread", unread, gives=Unread),
    Endpoint("PUT", "/notifications/read", mark_all_read, status=204),
    Endpoint("PUT", "/notifications/{id}/read", mark_read, status=204),
]

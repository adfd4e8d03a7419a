"""The AI helper: captions and chat, by a service that is not ours."""

from __future__ import annotations

import uuid
from math import ceil
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from target.ai.models import (
    Caption,
    CaptionOrder,
    CaptionRequest,
    ChatReply,
    ChatRequest,
    Feedback,
    Picture,
    Received,
)
from target.auth.admission import caller
from target.bodies import json_response
from target.errors import Problem, invalid
from target.external.breaker import BreakerOpen
from target.external.service import ExternalError, ExternalTimeout
from target.routing import Endpoint, no_such
from target.services import services
from target.uploads.queries import find_upload

T = TypeVar("T")

_PROBLEMS = (502, 503, 504)


async def caption(request: Request, asked: CaptionRequest) -> Response:
    """POST /ai/caption: a caption for a text, or for an upload that one may read."""
    if (asked.upload_id is None) == (asked.text is None):
        raise invalid("", "Send either `upload_id` or `text`.")
    picture = None if asked.upload_id is None else await _picture(request, asked.upload_id)
    return json_response(await _ask(request, "/v1/caption", CaptionOrder(asked.text, picture), Caption))


async def chat(request: Request, asked: ChatRequest) -> Response:
    """POST /ai/chat: the assistant's next turn."""
    return json_response(await _ask(request, "/v1/chat", asked, ChatReply))


async def feedback(request: Request, given: Feedback) -> Response:
    """POST /ai/feedback: whether an answer helped. The service knows no key for it, so it is sent once."""
    await _ask(request, "/v1/feedback", given, Received, idempotent=False)
    return Response(status_code=204)


async def _picture(request: Request, upload_id: int) -> Picture:
    here = services(request)
    found = await find_upload(here.database, upload_id, caller(request).user_id)
    content = None if found is None else await here.uploads.read(found.stored_as)
    if found is None or content is None:
        raise no_such("upload")
    return Picture(found.upload.media_type, content)


async def _ask(request: Request, path: str, body: object, gives: type[T], *, idempotent: bool = True) -> T:
    service = services(request).ai
    if service is None:
        raise Problem(503, "There is no AI helper here.")
    try:
        return await service.call(path, body, gives, uuid.uuid4().hex if idempotent else None)
    except BreakerOpen as error:
        wait = {"Retry-After": str(max(1, ceil(error.retry_after_s)))}
        raise Problem(503, "The AI helper has trouble and is left alone for a while.", headers=wait) from None
    except ExternalTimeout:
        raise Problem(504, "The AI helper did not answer in time.") from None
    except ExternalError:
        raise Problem(502, "The AI helper failed.", headers={"Retry-After": "1"}) from None


ROUTES = [
    Endpoint("POST", "/ai/caption", caption, takes=CaptionRequest, gives=Caption, problems=(404, *_PROBLEMS)),
    Endpoint("POST", "/ai/chat", chat, takes=ChatRequest, gives=ChatReply, problems=_PROBLEMS),
    Endpoint("POST", "/ai/feedback", feedback, takes=Feedback, status=204, problems=_PROBLEMS),
]

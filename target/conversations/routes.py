"""Conversations. To anybody who takes no part in one, it does not exist."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from target.auth.admission import caller
from target.bodies import json_response
from target.conversations import queries
from target.conversations.models import Conversation, Message, NewConversation, NewMessage
from target.errors import invalid
from target.paging import Listing, Page
from target.routing import Endpoint, no_such, path_id
from target.services import services


async def create(request: Request, new: NewConversation) -> Response:
    """POST /conversations: begin one."""
    people = {caller(request).user_id, *new.participant_ids}
    if len(people) == 1:
        raise invalid("/participant_ids", "Expected somebody else")
    conversation = await queries.create_conversation(services(request).database, people)
    if conversation is None:
        raise invalid("/participant_ids", "Expected ids of users who exist")
    return json_response(conversation, 201, {"Location": f"/conversations/{conversation.id}"})


async def list_(request: Request, page: Page) -> Response:
    """GET /conversations: one's own, the newest first."""
    return json_response(await queries.list_conversations(services(request).database, caller(request).user_id, page))


async def read(request: Request) -> Response:
    """GET /conversations/{id}: one of one's own."""
    conversation_id = path_id(request, "conversation")
    found = await queries.find_conversation(services(request).database, conversation_id, caller(request).user_id)
    if found is None:
        raise no_such("conversation")
    return json_response(found)


async def send(request: Request, new: NewMessage) -> Response:
    """POST /conversations/{id}/messages: say something."""
    conversation_id = path_id(request, "conversation")
    sender_id = caller(request).user_id
    message = await queries.send_message(services(request).database, conversation_id, sender_id, new.body)
    if message is None:
        raise no_such("conversation")
    return json_response(message, 201)


async def messages(request: Request, page: Page) -> Response:
    """GET /conversations/{id}/messages: what was said, the newest first."""
    database = services(request).database
    conversation_id = path_id(request, "conversation")
    if not await queries.takes_part(database, conversation_id, caller(request).user_id):
        raise no_such("conversation")
    return json_response(await queries.list_messages(database, conversation_id, page))


ROUTES = [
    Endpoint("POST", "/conversations", create, takes=NewConversation, gives=Conversation, status=201),
    Endpoint("GET", "/conversations", list_, query=Page, gives=Listing[Conversation]),
    Endpoint("GET", "/conversations/{id}", read, gives=Conversation),
    Endpoint("POST", "/conversations/{id}/messages", send, takes=NewMessage, gives=Message, status=201),
    Endpoint("GET", "/conversations/{id}/messages", messages, query=Page, gives=Listing[Message]),
]

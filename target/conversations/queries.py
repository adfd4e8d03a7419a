"""What conversations ask the database. Each query asks as somebody: who takes no part finds nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from target.conversations.models import Conversation, Message
from target.db.pool import Database, Query
from target.paging import Listing, Page, listing
from target.posts.models import Author

# All or nothing: a statement is a transaction, and it adds nothing unless every participant was found.
_CREATE = Query(
    "create_conversation",
    "with people as (select id, name from users where id = any (%s)),"
    " new as (insert into conversations select where (select count(*) from people) = %s returning id, created_at),"
    " joined as (insert into conversation_participants (conversation_id, user_id)"
    " select new.id, people.id from new, people)"
    " select new.id, (select json_agg(json_build_object('id', id, 'name', name) order by id)::text from people),"
    " new.created_at from new",
)
_FIND = Query(
    "find_conversation",
    "select me.conversation_id, everybody.participants, me.joined_at from conversation_participants me,"
    " lateral (select json_agg(json_build_object('id', u.id, 'name', u.name) order by u.id)::text as participants"
    " from conversation_participants p join users u on u.id = p.user_id"
    " where p.conversation_id = me.conversation_id) everybody"
    " where me.user_id = %s and me.conversation_id = %s",
)
_LIST = Query(
    "list_conversations",
    "select me.conversation_id, everybody.participants, me.joined_at from conversation_participants me,"
    " lateral (select json_agg(json_build_object('id', u.id, 'name', u.name) order by u.id)::text as participants"
    " from conversation_participants p join users u on u.id = p.user_id"
    " where p.conversation_id = me.conversation_id) everybody"
    " where me.user_id = %s and (me.joined_at, me.conversation_id) < (%s, %s)"
    " order by me.joined_at desc, me.conversation_id desc limit %s",
)
_SEND = Query(
    "send_message",
    "with new as (insert into messages (conversation_id, sender_id, body)"
    " select conversation_id, user_id, %s from conversation_participants where conversation_id = %s and user_id = %s"
    " returning id, conversation_id, sender_id, body, created_at),"
    " told as (insert into notifications (user_id, kind, actor_id, conversation_id)"
    " select p.user_id, 'message', new.sender_id, new.conversation_id"
    " from new join conversation_participants p using (conversation_id)"
    " where p.user_id <> new.sender_id and wants_notification(p.user_id, 'message'))"
    " select new.id, new.conversation_id, new.sender_id, u.name, new.body, new.created_at"
    " from new join users u on u.id = new.sender_id",
)
_MESSAGES = Query(
    "list_messages",
    "select m.id, m.conversation_id, m.sender_id, u.name, m.body, m.created_at"
    " from messages m join users u on u.id = m.sender_id"
    " where m.conversation_id = %s and (m.created_at, m.id) < (%s, %s)"
    " order by m.created_at desc, m.id desc limit %s",
)
_TAKES_PART = Query(
    "takes_part",
    "select user_id from conversation_participants where conversation_id = %s and user_id = %s",
)

_participants = msgspec.json.Decoder(list[Author]).decode


async def create_conversation(database: Database, participant_ids: set[int]) -> Conversation | None:
    """The new conversation; None when one of these people does not exist."""
    return await database.fetch_one(_CREATE, (list(participant_ids), len(participant_ids)), _conversation)


async def find_conversation(database: Database, conversation_id: int, user_id: int) -> Conversation | None:
    """One conversation, if this user takes part in it."""
    return await database.fetch_one(_FIND, (user_id, conversation_id), _conversation)


async def list_conversations(database: Database, user_id: int, page: Page) -> Listing[Conversation]:
    """This user's conversations."""
    rows = await database.fetch_all(_LIST, (user_id, *page.bounds), _conversation)
    return listing(rows, page, lambda conversation: (conversation.joined_at, conversation.id))


async def takes_part(database: Database, conversation_id: int, user_id: int) -> bool:
    """Whether this user may read this conversation."""
    return await database.fetch_one(_TAKES_PART, (conversation_id, user_id), int) is not None


async def send_message(database: Database, conversation_id: int, sender_id: int, body: str) -> Message | None:
    """The new message, of which the others are told; None when the sender takes no part."""
    return await database.fetch_one(_SEND, (body, conversation_id, sender_id), _message)


async def list_messages(database: Database, conversation_id: int, page: Page) -> Listing[Message]:
    """A conversation's messages. Ask takes_part first."""
    rows = await database.fetch_all(_MESSAGES, (conversation_id, *page.bounds), _message)
    return listing(rows, page, lambda message: (message.created_at, message.id))


def _conversation(conversation_id: int, participants: str, joined_at: datetime) -> Conversation:
    return Conversation(conversation_id, _participants(participants), joined_at.astimezone(UTC))


def _message(
    message_id: int, conversation_id: int, sender_id: int, name: str, body: str, created_at: datetime
) -> Message:
    return Message(message_id, conversation_id, Author(sender_id, name), body, created_at.astimezone(UTC))

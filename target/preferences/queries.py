"""What preferences ask the database."""

from __future__ import annotations

from msgspec import UNSET, structs

from target.db.pool import Database, Query
from target.preferences.models import Preferences, PreferencesChange

_FIND = Query(
    "find_preferences",
    "select locale, theme, email_notifications, notify_about from preferences where user_id = %s",
)
# One statement, so that two changes at once each keep what the other changed.
_CHANGE = Query(
    "change_preferences",
    "with wanted (locale, theme, email_notifications, notify_about) as"
    " (values (%s::text, %s::text, %s::boolean, %s::text[]))"
    " insert into preferences as p (user_id, locale, theme, email_notifications, notify_about)"
    " select users.id, coalesce(w.locale, %s), coalesce(w.theme, %s), coalesce(w.email_notifications, %s),"
    " coalesce(w.notify_about, %s) from users, wanted w where users.id = %s"
    " on conflict (user_id) do update set"
    " locale = coalesce((select locale from wanted), p.locale),"
    " theme = coalesce((select theme from wanted), p.theme),"
    " email_notifications = coalesce((select email_notifications from wanted), p.email_notifications),"
    " notify_about = coalesce((select notify_about from wanted), p.notify_about)"
    " returning locale, theme, email_notifications, notify_about",
)


async def find_preferences(database: Database, user_id: int) -> Preferences:
    """This user's settings; the defaults where none was ever changed."""
    return await database.fetch_one(_FIND, (user_id,), Preferences) or Preferences()


async def change_preferences(database: Database, user_id: int, change: PreferencesChange) -> Preferences | None:
    """The settings after the change; None when the account is gone."""
    changed = {name: value for name, value in structs.asdict(change).items() if value is not UNSET}
    wanted = [changed.get(name) for name in Preferences.__struct_fields__]
    return await database.fetch_one(_CHANGE, (*wanted, *structs.astuple(Preferences()), user_id), Preferences)

"""A user's settings as clients send and get them."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType, field

from target.notifications.models import Kind

Theme = Literal["system", "light", "dark"]
# Language, script, region, as in BCP 47: de, pt-BR, zh-Hant-TW.
Locale = Annotated[str, Meta(max_length=12, pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\Z")]
Kinds = Annotated[list[Kind], Meta(max_length=4)]


class Preferences(Struct, frozen=True):
    """The settings of somebody who changed none."""

    locale: str = "en"
    theme: Theme = "system"
    email_notifications: bool = True
    notify_about: list[Kind] = field(default_factory=lambda: list(get_args(Kind)))
    """Of what else there is no notification."""


class PreferencesChange(Struct, forbid_unknown_fields=True):
    """The body of PATCH /users/me/preferences. What is left out stays as it is."""

    locale: Locale | UnsetType = UNSET
    theme: Theme | UnsetType = UNSET
    email_notifications: bool | UnsetType = UNSET
    notify_about: Kinds | UnsetType = UNSET

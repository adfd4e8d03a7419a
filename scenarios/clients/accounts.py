"""Accounts that clients share: as in life, more clients than passwords to hash."""

import math
import uuid
from itertools import count
from time import monotonic
from typing import NamedTuple

from locust.contrib.fasthttp import FastHttpSession

ACCOUNTS = 10
USED_FOR = 0.9
"""Of a token's life: who waits until it is over is refused once."""

PASSWORD = "correct horse battery staple"


class Account(NamedTuple):
    """`until` is when its token wants renewing, by time.monotonic()."""

    email: str
    token: str
    until: float

    @property
    def is_let_in(self) -> bool:
        return bool(self.token) and monotonic() < self.until


_known: dict[int, Account] = {}
_turn = count()


def log_in(client: FastHttpSession) -> Account:
    """An account that is logged in: the first clients register one each and log in, later ones share theirs."""
    number = next(_turn) % ACCOUNTS
    account = _known.get(number)
    if account is None:
        email = f"client-{uuid.uuid4()}@load.test"
        registration = {"email": email, "password": PASSWORD, "name": f"Client {number}"}
        client.post("/auth/register", json=registration, name="POST /auth/register")
    elif account.is_let_in:
        return account
    else:
        email = account.email
    with client.post(
        "/auth/login",
        json={"email": email, "password": PASSWORD},
        name="POST /auth/login",
        catch_response=True,
    ) as answer:
        if answer.status_code != 200:
            answer.failure(f"HTTP {answer.status_code}")
            return Account(email, "", 0.0)
        given = answer.json()
    # RFC 6749 only recommends it.
    lives_s = given.get("expires_in", math.inf)
    account = Account(email, given["access_token"], monotonic() + USED_FOR * lives_s)
    _known[number] = account
    return account


def logged_in(client: FastHttpSession, account: Account) -> Account:
    """The account, which logs in again where its first try was refused, as people do in an outage, and before its token
    ends.
    """
    return account if account.is_let_in else log_in(client)

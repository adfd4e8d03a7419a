"""Accounts that clients share: as in life, more clients than passwords to hash."""

import uuid
from itertools import count
from typing import NamedTuple

from locust.contrib.fasthttp import FastHttpSession

ACCOUNTS = 10
PASSWORD = "correct horse battery staple"


class Account(NamedTuple):
    email: str
    token: str


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
        with client.post(
            "/auth/login",
            json={"email": email, "password": PASSWORD},
            name="POST /auth/login",
            catch_response=True,
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"HTTP {answer.status_code}")
                return Account(email, "")
            account = Account(email, answer.json()["access_token"])
        _known[number] = account
    return account


def logged_in(client: FastHttpSession, account: Account) -> Account:
    """The account, which logs in again where its first try was refused: as people do in an outage."""
    return account if account.token else log_in(client)

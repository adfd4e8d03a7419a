"""Who accepts a token once it was revoked: each instance by its own address, with Redis and without."""

from itertools import cycle
from pathlib import Path

import httpx
import msgspec

from chaos.polling import seconds_until
from harness.prober import Account, Prober
from harness.stack import Role

PATIENCE_S = 30.0
BACK_S = 12.0


class Revoked(msgspec.Struct, frozen=True):
    """A token, and the instance at which its owner logged out."""

    token: str
    at: str


async def ask_all(prober: Prober) -> None:
    for member in prober.stack.members(Role.APP):
        account = await prober.register()
        for other, status in (await statuses(prober, account.token)).items():
            prober.saw("let-in-before", f"{other}, before the logout at {member}", status)
        prober.saw("told", f"logout at {member}", await log_out(prober, account, member))
        for other, status in (await statuses(prober, account.token)).items():
            prober.saw("revoked-token", f"{other}, after the logout at {member}", status)


async def ask_without_redis(prober: Prober, how: str) -> None:
    """What was revoked earlier, and what is revoked only now."""
    members = cycle(prober.stack.members(Role.APP))
    account, valid = await prober.register(), await prober.register()
    for other, status in (await statuses(prober, valid.token)).items():
        prober.saw("valid-without-redis", f"{other}, {how}", status)
    prober.saw("told-without-redis", how, await log_out(prober, account, next(members)))
    for number, revoked in enumerate(kept(prober), start=1):
        for other, status in (await statuses(prober, revoked.token)).items():
            where = "refused-where-revoked" if other == revoked.at else "let-in-elsewhere"
            prober.saw(where, f"{other}, token {number}, {how}", status)
    again = {"refresh_token": account.answer["refresh_token"]}
    for member in prober.stack.members(Role.APP):
        answer = await prober.http.post(f"{prober.instance_url(member)}/auth/refresh", json=again)
        prober.saw("refreshed-without-redis", f"{member}, {how}", answer.status_code)


async def ask_again(prober: Prober, how: str) -> None:
    """Redis is back, and perhaps empty: who revoked something writes it again before it believes in it."""

    async def all_are_refused() -> bool:
        answers = [await statuses(prober, revoked.token) for revoked in kept(prober)]
        return all(status == httpx.codes.UNAUTHORIZED for answer in answers for status in answer.values())

    prober.saw("seconds-until-refused", f"on every instance, {how}", await seconds_until(all_are_refused, BACK_S), "s")
    for member, status in (await statuses(prober, (await prober.register()).token)).items():
        prober.saw("let-in-before", f"{member}, {how} and back", status)


async def log_out(prober: Prober, account: Account, member: str) -> str:
    """At one instance; what became of the access tokens, in its own word."""
    answer = await prober.http.post(f"{prober.instance_url(member)}/auth/logout", headers=account.headers)
    if answer.status_code != httpx.codes.OK:
        return f"status {answer.status_code}"
    _file(prober).write_bytes(msgspec.json.encode([*kept(prober), Revoked(account.token, member)]))
    return str(answer.json()["access_tokens"])


def kept(prober: Prober) -> list[Revoked]:
    """What was revoked in this run so far."""
    file = _file(prober)
    return msgspec.json.decode(file.read_bytes(), type=list[Revoked]) if file.exists() else []


def _file(prober: Prober) -> Path:
    return prober.work / "revoked.json"


async def statuses(prober: Prober, token: str) -> dict[str, int]:
    """What each instance says to it, asked by its own address."""
    found = {}
    for member in prober.stack.members(Role.APP):
        url = f"{prober.instance_url(member)}/users/me"
        found[member] = (await prober.http.get(url, headers={"Authorization": f"Bearer {token}"})).status_code
    return found

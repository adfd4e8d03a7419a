"""Somebody with data of every kind is erased; then the word that was in all of it is looked for everywhere."""

import asyncio
import time
from pathlib import Path

from chaos.canaries import look, plant, traces_in_cache, traces_in_sql
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober

FINISH_S = 40.0


async def ask(prober: Prober) -> None:
    ada, bob = await plant(prober)
    folder = Path(prober.environment["UPLOAD_DIR"])
    rows = await prober.sql("select stored_as from uploads where owner_id = %s", ada.account.id)
    names = [name.hex for (name,) in rows]
    prober.saw("traces-before", "Postgres", len(await traces_in_sql(prober, ada.canary)), "tables")
    prober.saw("traces-before", "Redis", len(await traces_in_cache(prober, ada.canary)), "keys")
    prober.saw("traces-before", "uploads", sum((folder / name).exists() for name in names), "files")
    wish = {"password": ada.account.password}
    answer = await prober.http.post("/privacy/erasure", json=wish, headers=ada.account.headers)
    prober.saw("erasure-status", "POST /privacy/erasure", answer.status_code)
    await look(prober, ada.canary, folder, names, "at once")
    prober.saw("seconds-to-finish", "all copies", await finished(prober, ada.account.id), "s")
    await look(prober, ada.canary, folder, names, "when finished")
    token = await prober.http.get("/users/me", headers=ada.account.headers)
    prober.saw("let-in-afterwards", "her token", token.status_code)
    again = {"refresh_token": ada.account.answer["refresh_token"]}
    prober.saw(
        "let-in-afterwards", "her refresh token", (await prober.http.post("/auth/refresh", json=again)).status_code
    )
    password = {"email": ada.account.email, "password": ada.account.password}
    prober.saw("let-in-afterwards", "her password", (await prober.http.post("/auth/login", json=password)).status_code)
    prober.saw("others-left", "Bob", len(await traces_in_sql(prober, bob.canary)), "tables")
    kept = await prober.sql("select count(*) from audit_log where subject_id = %s", ada.account.id)
    prober.saw("audit-entries-kept", "by her id", kept[0][0], "entries")


async def finished(prober: Prober, user_id: int) -> float:
    began = time.monotonic()
    query = "select count(*) from erasures where user_id = %s and state = 'finished'"
    while (await prober.sql(query, user_id))[0][0] == 0:
        if time.monotonic() - began > FINISH_S:
            break
        await asyncio.sleep(0.2)
    return round(time.monotonic() - began, 1)


PROBE = probe(
    title="After an erasure nothing of the person is left, and everything of the others is",
    ask=ask,
    expect=(
        Observed(of="traces-before", at_least=1, cases=3),
        Observed(of="erasure-status", equals=202),
        Observed(of="traces-in-database", equals=0, cases=2),
        Observed(of="traces-in-cache", equals=0, cases=2),
        Observed(of="traces-in-uploads", equals=0, cases=2),
        Observed(of="traces-in-logs", equals=0, cases=2),
        Observed(of="seconds-to-finish", at_most=30),
        Observed(of="let-in-afterwards", equals=401, cases=3),
        Observed(of="others-left", at_least=5),
        Observed(of="audit-entries-kept", at_least=1),
    ),
    claims=("GDPR-ERASE",),
)

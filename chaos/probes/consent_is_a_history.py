"""Consent is given, withdrawn and given again; each decision keeps its time and version. The texts are served."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober

VERSION = "2026-01"
DECISIONS = (True, False, True)
TEXTS = ("privacy", "terms", "cookies")
# Both clocks are this machine's; the database's is read when the transaction begins.
CLOCK = timedelta(seconds=1)


async def ask(prober: Prober) -> None:
    ada, bob = await prober.register(), await prober.register(name="Bob")
    began = datetime.now(UTC) - CLOCK
    given = [await decide(prober, ada.headers, granted) for granted in DECISIONS]
    await prober.http.delete("/privacy/consents/newsletter", headers=ada.headers)
    found = (await prober.http.get("/privacy/consents", headers=ada.headers)).json()
    history: list[dict[str, Any]] = found["history"]
    ended = datetime.now(UTC) + CLOCK
    told = ", ".join("granted" if row["granted"] else "withdrawn" for row in history)
    prober.saw("decisions-kept", "three decisions and a withdrawal", len(history), "decisions", told)
    for number, row in enumerate(given, start=1):
        prober.saw("decision-unchanged", f"decision {number}", row in history, detail=str(row))
    for number, row in enumerate(history, start=1):
        at = datetime.fromisoformat(row["created_at"])
        prober.saw("decision-has-its-time", f"decision {number}", began <= at <= ended, detail=row["created_at"])
        prober.saw("decision-version", f"decision {number}", row["version"])
    (current,) = found["current"]
    prober.saw("granted-after-withdrawal", "newsletter", current["granted"])
    others = (await prober.http.get("/privacy/consents", headers=bob.headers)).json()["history"]
    prober.saw("decisions-of-others", "Bob", len(others), "decisions")
    await ask_texts(prober)


async def ask_texts(prober: Prober) -> None:
    for name in TEXTS:
        page = await prober.http.get(f"/policies/{name}")
        html = page.headers.get("content-type", "").startswith("text/html")
        prober.saw("text-served", name, html and page.status_code == httpx.codes.OK and VERSION in page.text)
    schema = (await prober.http.get("/privacy/format")).json()
    ada = await prober.register()
    export = (await prober.http.get("/privacy/export", headers=ada.headers)).json()
    documented = set(schema["json_schema"]["$defs"]["Export"]["properties"])
    prober.saw("undocumented-in-export", "GET /privacy/format", len(set(export) - documented), "fields")


async def decide(prober: Prober, headers: dict[str, str], granted: bool) -> object:
    body = {"purpose": "newsletter", "version": VERSION, "granted": granted}
    return (await prober.http.post("/privacy/consents", json=body, headers=headers)).json()


PROBE = probe(
    title="Consent has its time and version, can be withdrawn, and is never rewritten",
    ask=ask,
    expect=(
        Observed(of="decisions-kept", equals=len(DECISIONS) + 1),
        Observed(of="decision-unchanged", equals=1, cases=len(DECISIONS)),
        Observed(of="decision-has-its-time", equals=1, cases=len(DECISIONS)),
        Observed(of="decision-version", equals=VERSION, cases=len(DECISIONS)),
        Observed(of="granted-after-withdrawal", equals=0),
        Observed(of="decisions-of-others", equals=0),
        Observed(of="text-served", equals=1, cases=len(TEXTS)),
        Observed(of="undocumented-in-export", equals=0),
    ),
    claims=("GDPR-CONSENT",),
)

"""Two people leave something of every kind; the export of one holds all that is hers, and nothing of the other's."""

from typing import Any

from chaos.canaries import Planted, plant
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober

# Written from the schema, and not taken from the target: a table that it forgot must show here.
ROWS = {
    "account": "users where id = %(id)s",
    "sessions": "sessions where user_id = %(id)s",
    "posts": "posts where author_id = %(id)s",
    "comments": "comments where author_id = %(id)s",
    "likes": "likes where user_id = %(id)s",
    "following": "follows where follower_id = %(id)s",
    "followers": "follows where followee_id = %(id)s",
    "conversations": "conversation_participants where user_id = %(id)s",
    "messages": "messages where sender_id = %(id)s",
    "notifications": "notifications where user_id = %(id)s",
    "preferences": "preferences where user_id = %(id)s",
    "uploads": "uploads where owner_id = %(id)s",
    "consents": "consents where user_id = %(id)s",
    "audit": "audit_log where %(id)s in (actor_id, subject_id)",
}
TEXTS = ("account", "posts", "comments", "messages", "uploads")


async def ask(prober: Prober) -> None:
    ada, bob = await plant(prober)
    for who, other in ((ada, bob), (bob, ada)):
        answer = await prober.http.get("/privacy/export", headers=who.account.headers)
        prober.saw("export-status", who.canary[:3], answer.status_code)
        export: dict[str, Any] = answer.json()
        prober.saw("others-in-export", who.canary[:3], answer.text.count(other.canary), "occurrences")
        await compare(prober, who, export)
        for part in TEXTS:
            own = str(export.get(part)).count(who.canary)
            prober.saw("own-in-export", f"{who.canary[:3]}: {part}", own, "occurrences")
        for upload in export.get("uploads", []):
            content = await prober.http.get(upload["href"], headers=who.account.headers)
            prober.saw("upload-in-export", who.canary[:3], who.canary.encode() in content.content)


async def compare(prober: Prober, who: Planted, export: dict[str, Any]) -> None:
    async with prober.database() as connection:
        for part, source in ROWS.items():
            query = f"select count(*) from {source}".encode()
            row = await (await connection.execute(query, {"id": who.account.id})).fetchone()
            stored = row[0] if row is not None else 0
            given = export.get(part, [])
            exported = len(given) if isinstance(given, list) else 1
            detail = f"{exported} exported, {stored} stored"
            prober.saw("rows-stored", f"{who.canary[:3]}: {part}", stored, "rows")
            prober.saw("rows-missing-from-export", f"{who.canary[:3]}: {part}", stored - exported, "rows", detail)


PROBE = probe(
    title="An export holds every row about its owner, and nothing of anybody else",
    ask=ask,
    expect=(
        Observed(of="export-status", equals=200, cases=2),
        Observed(of="rows-stored", at_least=1, cases=2 * len(ROWS)),
        Observed(of="rows-missing-from-export", equals=0, cases=2 * len(ROWS)),
        Observed(of="own-in-export", at_least=1, cases=2 * len(TEXTS)),
        Observed(of="others-in-export", equals=0, cases=2),
        Observed(of="upload-in-export", equals=1, cases=2),
    ),
    claims=("GDPR-EXPORT",),
)

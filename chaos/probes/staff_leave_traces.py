"""Staff look at people and change them: each leaves an entry in the audit log, which the application cannot alter.

What it cannot is tried with the application's own DATABASE_URL, as somebody would who had broken into it.
"""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import psycopg

from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Account, Prober

# The pool's own parameters, which libpq does not know.
OURS = {"connection_limit", "pool_timeout", "connect_timeout", "pgbouncer", "schema"}
CHANGES = (
    "update audit_log set actor_id = 0",
    "update audit_log set detail = 'nothing' where id = (select max(id) from audit_log)",
    "delete from audit_log",
    "truncate audit_log",
    "insert into audit_log (id, action) overriding system value values (1, 'forged')"
    " on conflict (id) do update set action = 'forged'",
    "merge into audit_log a using (select 1) s on true when matched then delete",
)
# For each a way to a change; the change is tried after it, and all of it is undone.
WAYS = (
    "alter table audit_log disable trigger all",
    "drop trigger audit_log_append_only on audit_log",
    "create or replace function refuse_audit_change() returns trigger language plpgsql as 'begin return null; end'",
    "set local session_replication_role = replica",
    "grant all on audit_log to current_user",
    "alter table audit_log owner to current_user",
    "create rule swallow as on insert to audit_log do instead nothing",
    "drop table audit_log",
    "drop schema public cascade",
)


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    for role in ("moderator", "admin"):
        await ask_staff(prober, await prober.register(role=role, name=role), ada, role)
    # Her sessions ended when she was suspended.
    ada = await prober.log_in(ada.email)
    own = (await prober.http.get("/privacy/export", headers=ada.headers)).json()["audit"]
    prober.saw("entries-told-to-the-person", "Ada's export", len(own), "entries")
    await ask_changes(prober)


async def ask_staff(prober: Prober, staff: Account, ada: Account, role: str) -> None:
    path = f"/admin/users/{ada.id}"
    requests: list[tuple[str, str, Any]] = [
        ("GET", path, None),
        ("GET", f"/admin/users?email={ada.email}", None),
        ("PUT", f"{path}/suspension", None),
        ("DELETE", f"{path}/suspension", None),
    ]
    if role == "admin":
        requests += [("PATCH", path, {"role": "moderator"}), ("PATCH", path, {"role": "user"})]
    for method, target, body in requests:
        before = await entries(prober, staff, ada)
        trace = f"{len(before):032x}".replace("0", "a", 1)
        headers = {**staff.headers, "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        answer = await prober.http.request(method, target, json=body, headers=headers)
        new = (await entries(prober, staff, ada))[len(before) :]
        name = target.replace(str(ada.id), "{id}").partition("?")[0]
        case = f"{role}: {method} {name}"
        prober.saw("staff-status", case, answer.status_code)
        prober.saw("entries-left", case, len(new), "entries", "; ".join(map(str, new)))
        prober.saw("entry-names-its-trace", case, all(trace_id == answer.headers["X-Trace-Id"] for _, trace_id in new))


async def entries(prober: Prober, staff: Account, ada: Account) -> list[tuple[str, str]]:
    return await prober.sql(
        "select action, trace_id from audit_log where actor_id = %s and subject_id = %s order by id",
        staff.id,
        ada.id,
    )


async def ask_changes(prober: Prober) -> None:
    before = await contents(prober)
    for change in CHANGES:
        await attempt(prober, change)
        await tell(prober, change, before)
    for way in WAYS:
        await attempt(prober, way, "update audit_log set actor_id = 0")
        await tell(prober, way, before)
    await attempt(prober, "insert into audit_log (action) values ('probe.entry')")
    prober.saw("entry-can-be-added", "insert", len(await contents(prober) or []) - len(before or []), "entries")


async def attempt(prober: Prober, *statements: str) -> None:
    """Committed when all of it was allowed."""
    parts = urlsplit(prober.environment["DATABASE_URL"])
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in OURS])
    url = parts._replace(query=query).geturl()
    async with await psycopg.AsyncConnection.connect(url, prepare_threshold=None, connect_timeout=5) as connection:
        try:
            for statement in statements:
                await connection.execute(statement.encode())
        except psycopg.Error:
            await connection.rollback()


async def contents(prober: Prober) -> list[tuple[Any, ...]] | None:
    try:
        return await prober.sql("select * from audit_log order by id")
    except psycopg.errors.UndefinedTable:
        return None


async def tell(prober: Prober, change: str, before: object) -> None:
    same = await contents(prober) == before
    prober.saw("audit-log-altered", change, not same)


PROBE = probe(
    title="Whoever of the staff sees a person's data leaves an entry that the application cannot alter",
    ask=ask,
    expect=(
        Observed(of="staff-status", equals=httpx.codes.OK, cases=10),
        Observed(of="entries-left", equals=1, cases=10),
        Observed(of="entry-names-its-trace", equals=1, cases=10),
        Observed(of="entries-told-to-the-person", at_least=10),
        Observed(of="audit-log-altered", equals=0, cases=len(CHANGES) + len(WAYS)),
        Observed(of="entry-can-be-added", equals=1),
    ),
    claims=("GDPR-AUDIT",),
)

"""Rows are made old by SQL, and the retention job runs twice: the old go once, and the young stay."""

import asyncio
import json
import os
import sys
import uuid
from pathlib import Path
from typing import NamedTuple

from chaos.canaries import plant
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.tools.run import run

COMMAND = (sys.executable, "-m", "target.privacy.retention")
PATIENCE_S = 30.0
PER_KIND = 3


class Kind(NamedTuple):
    """What a policy says of some rows: `insert` makes one of an age in days, for a user."""

    name: str
    table: str
    days: int
    insert: str


KINDS = (
    Kind(
        "read notifications",
        "notifications",
        90,
        "insert into notifications (user_id, kind, actor_id, created_at, read_at)"
        " values (%(user)s, 'follow', %(user)s, now() - interval '200 days', now() - %(age)s * interval '1 day')",
    ),
    Kind(
        "unread notifications",
        "notifications",
        364,
        "insert into notifications (user_id, kind, actor_id, created_at)"
        " values (%(user)s, 'follow', %(user)s, now() - %(age)s * interval '1 day')",
    ),
    Kind(
        "expired sessions",
        "sessions",
        30,
        "insert into sessions (id, user_id, created_at, expires_at) values"
        " (gen_random_uuid(), %(user)s, now() - interval '60 days', now() - %(age)s * interval '1 day')",
    ),
    Kind(
        "finished erasures",
        "erasures",
        30,
        "insert into erasures (user_id, state, requested_at, finished_at) values"
        " ((random() * -1e12)::bigint, 'finished', now() - interval '60 days', now() - %(age)s * interval '1 day')",
    ),
)


async def ask(prober: Prober) -> None:
    ada, _ = await plant(prober)
    folder = Path(prober.environment["UPLOAD_DIR"])
    before = await counts(prober)
    async with prober.database() as connection:
        for kind in KINDS:
            for age in (kind.days + 1, kind.days - 1):
                for _ in range(PER_KIND):
                    await connection.execute(kind.insert.encode(), {"user": ada.account.id, "age": age})
    uploads = set(folder.iterdir())
    for file in uploads:
        # However old: it has a row.
        os.utime(file, (0, 0))
    orphan = folder / uuid.uuid4().hex
    orphan.write_bytes(b"a file whose row was never written")
    os.utime(orphan, (0, 0))
    runs = [await job(prober), await job(prober)]
    for number, (status, removed) in enumerate(runs, start=1):
        prober.saw("job-status", f"run {number}", status, detail=str(removed))
    prober.saw("removed-by-the-second-run", "all kinds", sum(runs[1][1].values()), "rows and files", str(runs[1][1]))
    after = await counts(prober)
    for table in sorted({kind.table for kind in KINDS}):
        young = PER_KIND * sum(kind.table == table for kind in KINDS)
        prober.saw("rows-too-many", table, after[table] - before[table] - young, "rows")
    for table in before.keys() - {kind.table for kind in KINDS}:
        prober.saw("rows-too-many", table, after[table] - before[table], "rows")
    prober.saw("orphan-files", "an upload without a row", int(orphan.exists()), "files")
    prober.saw("files-lost", "uploads with a row", len(uploads - set(folder.iterdir())), "files")


async def job(prober: Prober) -> tuple[int | None, dict[str, int]]:
    outcome = await asyncio.to_thread(run, COMMAND, prober.folder, prober.environment, PATIENCE_S)
    removed = json.loads(outcome.text)["removed"] if outcome.status == 0 else {}
    return outcome.status, removed


async def counts(prober: Prober) -> dict[str, int]:
    tables = [name for (name,) in await prober.sql("select tablename from pg_tables where schemaname = 'public'")]
    return {table: (await prober.sql(f"select count(*) from {table}"))[0][0] for table in tables}


PROBE = probe(
    title="What was kept long enough is removed, once, and nothing else",
    ask=ask,
    expect=(
        Observed(of="job-status", equals=0, cases=2),
        Observed(of="rows-too-many", equals=0, cases=len({kind.table for kind in KINDS})),
        Observed(of="removed-by-the-second-run", equals=0),
        Observed(of="orphan-files", equals=0),
        Observed(of="files-lost", equals=0),
    ),
    claims=("GDPR-RETAIN",),
)

"""A plan is read out of the database's log as auto_explain writes it."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from chaos.plans import PlanLog
from harness.prober import Prober

LOGGED = """2026-11-24 08:00:00 UTC [1] LOG:  duration: 0.1 ms  plan:
\t{
\t  "Query Text": "select 1 from users",
\t  "Plan": {"Node Type": "Result", "Shared Hit Blocks": 1}
\t}
2026-11-24 08:00:00 UTC [1] LOG:  duration: 0.2 ms  plan:
\t{
\t  "Query Text": "select * from posts p join users u on true",
\t  "Plan": {
\t    "Node Type": "Limit", "Shared Hit Blocks": 5, "Shared Read Blocks": 2,
\t    "Plans": [
\t      {"Node Type": "Index Scan", "Index Name": "idx_post_created"},
\t      {"Node Type": "Seq Scan", "Relation Name": "users"}
\t    ]
\t  }
\t}
"""


async def test_the_next_plan_on_a_table(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "db.log"
    log.write_text("before\n")
    plans = PlanLog(cast(Prober, SimpleNamespace(folder=tmp_path)))
    with log.open("a") as more:
        more.write(LOGGED)
    plan = await plans.next("posts")
    assert plan.buffers == 7
    assert plan.indexes == {"idx_post_created"}
    assert plan.scanned == {"users"}

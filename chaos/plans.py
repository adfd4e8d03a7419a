"""The plans of the queries that the target really sent, as PostgreSQL's auto_explain logs them."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import msgspec

from harness.errors import InconclusiveError
from harness.prober import Prober
from harness.stacks.plan import StackPlan

AUTO_EXPLAIN = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    # A million rows leave a good deal of write-ahead log, which lies in memory here.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "shared_buffers": "256MB",
}
PATIENCE_S = 10.0
ROWS = 1_000_000


def explaining(plan: StackPlan) -> StackPlan:
    """The stack with a database that logs the plan of every query."""
    return msgspec.structs.replace(plan, postgres=plan.postgres | AUTO_EXPLAIN)


class Plan(NamedTuple):
    """How one query was run."""

    query: str
    root: dict[str, Any]

    @property
    def nodes(self) -> list[dict[str, Any]]:
        return list(_nodes(self.root))

    @property
    def indexes(self) -> set[str]:
        """The indexes that it used."""
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    @property
    def scanned(self) -> set[str]:
        """The tables that it read from end to end."""
        return {node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"}

    @property
    def buffers(self) -> int:
        """How many blocks it touched, in memory or not: its cost, whatever the machine does besides."""
        return int(self.root.get("Shared Hit Blocks", 0) + self.root.get("Shared Read Blocks", 0))


class PlanLog:
    """The database's log, read from where one was."""

    def __init__(self, prober: Prober) -> None:
        self._file: Path = prober.folder / "logs" / "db.log"
        self._at = self._file.stat().st_size

    async def next(self, table: str) -> Plan:
        """The plan of the next query on this table that was logged since the last call."""
        deadline = monotonic() + PATIENCE_S
        while monotonic() < deadline:
            with self._file.open("rb") as file:
                file.seek(self._at)
                text = file.read().decode(errors="replace")
            for found in re.finditer(r"plan:\n(\t?\{.*?\n\t?\})\n", text, re.DOTALL):
                explained = json.loads(found[1].replace("\n\t", "\n"))
                if re.search(rf"\bfrom {table}\b", explained["Query Text"]):
                    self._at += len(text[: found.end()].encode())
                    return Plan(explained["Query Text"], explained["Plan"])
            # The server writes its log when the query has ended, which may be after the answer.
            await asyncio.sleep(0.02)
        raise InconclusiveError(f"the database logged no query on {table} within {PATIENCE_S:g} s")

    def skip(self) -> None:
        """Whatever was logged so far is of no interest."""
        self._at = self._file.stat().st_size


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)

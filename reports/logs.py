"""What the members of a stack logged while it went wrong: the lines that tell most, with times, secrets masked."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from harness.run import Run
from reports.secrets import masked

LOGS_FOLDER = "logs"
BEFORE_S, AFTER_S = 1.0, 2.0
"""How long before the harm, and after its end, a line may still tell of it."""
LINES_SHOWN = 12
LINES_A_LOG = 3
CHARACTERS_SHOWN = 240
SHAPES_A_LOG = 200
"""Kinds of lines that are told apart in one log; a log of random text has no more to say."""

NEVER, LOW, WARNING, ERROR = 0, 1, 2, 3
_ERROR = re.compile(r"\b(?:ERROR|FATAL|PANIC|CRITICAL|Traceback|ALERT|EMERG|OOM)\b|Out of memory")
_WARNING = re.compile(r"\b(?:WARNING|WARN|NOLB|is DOWN)\b")
_ACCESS = re.compile(r" (?:5\d\d|-1) \S+ \S+ \S+ [-A-Za-z]{4} ")
"""HAProxy's line of a request that was answered with 5xx, or not at all."""
_LEVELS = {"critical": ERROR, "fatal": ERROR, "error": ERROR, "warning": WARNING, "warn": WARNING}
_MEANT_FOR_MACHINES = ("time", "level", "trace_id", "span_id", "instance")

_CHANGING = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+", re.I)
_TIMES = (
    (re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:Z|\+00:00| UTC)"), "%Y-%m-%d %H:%M:%S"),
    (re.compile(r"(\d\d/[A-Z][a-z]{2}/\d{4}):(\d\d:\d\d:\d\d(?:\.\d{1,6})?)"), "%d/%b/%Y %H:%M:%S"),
    (re.compile(r"(\d\d [A-Z][a-z]{2} \d{4}) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)"), "%d %b %Y %H:%M:%S"),
)
"""As the service, Postgres and PgBouncer write it, as HAProxy does, and as Redis does: all in UTC."""
_TIME_WITHIN = 60
"""A line's own time stands at its beginning; what comes later is something that it tells of."""


class LogLine(NamedTuple):
    """`at` is seconds since the run began, of the first of `times` lines that differ only in figures; `about` when the
    line has no time of its own, and the one before it in the log lends it.
    """

    at: float
    about: bool
    log: str
    weight: int
    text: str
    times: int


def telling(run: Run) -> list[LogLine]:
    """The gravest lines of each log around the failure, in order of time; none where the folder has no logs."""
    folder = run.folder / LOGS_FOLDER if run.folder else None
    if folder is None or not folder.is_dir():
        return []
    begin, end = _around(run)
    found = [
        line
        for file in sorted(folder.glob("*.log"))
        for line in sorted(_kinds(run, file, begin, end), key=_gravest)[:LINES_A_LOG]
    ]
    return sorted(sorted(found, key=_gravest)[:LINES_SHOWN], key=lambda line: (line.at, line.log, line.text))


def _gravest(line: LogLine) -> tuple[int, float, str]:
    return -line.weight, line.at, line.log


def _around(run: Run) -> tuple[float, float]:
    """The seconds in which it went wrong: of the faults and the failed requests; of the whole run where neither was."""
    failed = run.played.where(run.played.failed)
    begins = [fault.asked for fault in run.faults] + [int(t) for t in failed.started[:1]]
    ends = [run.end if fault.gone is None else fault.gone for fault in run.faults]
    ends += [int(failed.finished.max())] if len(failed) else []
    begin, end = min(begins, default=run.begin), max(ends, default=run.end)
    return run.since_begin(begin) - BEFORE_S, run.since_begin(end) + AFTER_S


def _kinds(run: Run, file: Path, begin: float, end: float) -> list[LogLine]:
    """A line for each kind of line that tells of trouble, of those said between these seconds."""
    kinds: dict[str, LogLine] = {}
    for at, about, text in _timed(run, file):
        weight, words = _read(text)
        if weight == NEVER or not begin <= at <= end:
            continue
        shape = _CHANGING.sub("0", words)
        if shape in kinds:
            kinds[shape] = kinds[shape]._replace(times=kinds[shape].times + 1)
        elif len(kinds) < SHAPES_A_LOG:
            kinds[shape] = LogLine(at, about, file.stem, weight, _cut(masked(words)), 1)
    return list(kinds.values())


def _timed(run: Run, file: Path) -> Iterator[tuple[float, bool, str]]:
    """Each line with its second. Lines before the first that has a time cannot be placed, and are left out."""
    origin = run.plan.clock.utc_at(run.begin)
    last: float | None = None
    with file.open(errors="replace") as lines:
        for line in lines:
            said = _time(line)
            if said is not None:
                last = (said - origin).total_seconds()
            if last is not None:
                yield last, said is None, line.strip()


def _time(line: str) -> datetime | None:
    for pattern, form in _TIMES:
        match = pattern.search(line[:_TIME_WITHIN])
        if match is None:
            continue
        try:
            moment = datetime.strptime(f"{match[1]} {match[2].partition('.')[0]}", form).replace(tzinfo=UTC)
        except ValueError:
            continue
        fraction = match[2].partition(".")[2]
        return moment.replace(microsecond=int(fraction.ljust(6, "0")) if fraction else 0)
    return None


def _read(line: str) -> tuple[int, str]:
    """How grave a line is, and what it says: of one for machines the fields, without those that the report has."""
    if line.startswith("{"):
        try:
            fields = json.loads(line)
        except ValueError:
            fields = None
        if isinstance(fields, dict):
            return _weigh_fields(fields), _words(fields)
    if _ERROR.search(line):
        return ERROR, line
    if _WARNING.search(line):
        return WARNING, line
    return (LOW if _ACCESS.search(line) else NEVER), line


def _weigh_fields(fields: dict[str, object]) -> int:
    status = fields.get("status")
    refused = isinstance(status, int) and status >= 500
    return max(_LEVELS.get(str(fields.get("level", "")).lower(), NEVER), LOW if refused else NEVER)


def _words(fields: dict[str, object]) -> str:
    first = [str(fields[name]) for name in ("level", "event") if name in fields]
    rest = [f"{name}={value}" for name, value in fields.items() if name not in (*_MEANT_FOR_MACHINES, "event")]
    return " ".join([*first, *rest])


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= CHARACTERS_SHOWN else text[:CHARACTERS_SHOWN] + "…"

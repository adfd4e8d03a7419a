"""Undoing what a harness that died has left: by the watchdog at once, or by `harness heal` whenever."""

import asyncio
import contextlib
from pathlib import Path

import msgspec

from harness.errors import HarnessError, StackError
from harness.journal import Journal, unhealed
from harness.run import EventLog
from harness.stacks.lock import attached_lock, stack_lock
from harness.stacks.records import StackRecord, kill_processes, nothing_remains, records, remove_remains

STOPPING = frozenset(("stop", "restart", "rolling-restart"))
"""Faults that ask the daemon to stop a container: it does so even when nobody waits for it any more."""


def heal_record(record: StackRecord, by: str) -> list[str]:
    """Undoes everything of one dead harness's stack, last in first out; says in lines what was done.

    A stack that the harness started goes whole, so its faults are undone by there being nothing left that is harmed.
    One that ran before is brought back to what it was. Raises StackError when the Docker daemon does not answer:
    then it is still on record.
    """
    run_folder = Path(record.run)
    how = "the stack is as it was found" if record.as_found else "the whole stack is gone"
    # First of all, since a command of Compose that has outlived the harness would go on making containers.
    lines = kill_processes(record)
    left = heal_project(record, lines) if record.project else False
    lines += remove_remains(record)
    if run_folder.is_dir():
        journal = Journal(run_folder)
        for entry in [] if left else unhealed(run_folder):
            journal.healed(entry.number, by=by)
            lines.append(f"undone: {entry.undo} ({how})")
        journal.close()
        events = EventLog(run_folder)
        events.note(f"the harness died; {by} undid what was left: {'; '.join(lines) or 'nothing'}", problem=True)
        events.close()
    # At the very end: whatever was in the way of this one, another `harness heal` finds the record.
    if not left and nothing_remains(record):
        record.forget()
    return lines


def heal_project(record: StackRecord, lines: list[str]) -> bool:
    """Of containers. Adds to `lines` what was there; returns whether some of it could not be undone."""
    # Only where there were containers: the client is a large library.
    from harness.stacks.compose import remains
    from harness.stacks.compose.acts import NOT_RESTORED
    from harness.stacks.compose.daemon import connect

    with contextlib.closing(connect()) as client:
        if record.as_found:
            # Somebody who harms the project now is not to be healed from behind.
            with stack_lock(attached_lock(record.project), "heal"):
                done = asyncio.run(remains.restore(client, record.as_found, comes_late_s(Path(record.run))))
            lines += done
            return any(line.startswith(NOT_RESTORED) for line in done)
        found = remains.what_is_there(client, record.project)
        left = remains.remove_project(client, record.project, settles_s=remains.SETTLES_S)
    lines += [f"removed {thing}" for thing in found if thing not in left]
    lines += [f"could not remove {thing}" for thing in left]
    return bool(left)


def comes_late_s(run_folder: Path) -> float:
    """How long after the harness's death the daemon may still do what it was asked: to make something is a matter of a
    moment, to stop a container one of its patience.
    """
    from harness.stacks.compose.acts import STOP_PATIENCE_S
    from harness.stacks.compose.remains import SETTLES_S

    if not run_folder.is_dir() or not (left := unhealed(run_folder)):
        return 0.0
    stops = any(msgspec.json.decode(entry.fault)["fault"] in STOPPING for entry in left)
    return STOP_PATIENCE_S + SETTLES_S if stops else SETTLES_S


def heal_all() -> list[str]:
    """Undoes what any dead harness on this machine left. Stacks whose harness lives are not touched.

    Raises StackError for the first that could not be undone, when the others have been.
    """
    lines: list[str] = []
    errors: list[HarnessError] = []
    for record in records():
        if record.owner_lives:
            continue
        try:
            done = heal_record(record, by="harness heal")
        except HarnessError as error:
            errors.append(error)
        except OSError as error:
            errors.append(StackError(f"what {record.run} left could not be undone: {error}", "run it again"))
        else:
            lines += [f"{record.run}: {line}" for line in done or ["nothing was left"]]
    if errors:
        raise errors[0]
    return lines

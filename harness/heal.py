"""Undoing what a harness that died has left: by the watchdog at once, or by `harness heal` whenever."""

from pathlib import Path

from harness.journal import Journal, unhealed
from harness.run import EventLog
from harness.stacks.records import StackRecord, records, remove_remains


def heal_record(record: StackRecord, by: str) -> list[str]:
    """Undoes everything of one dead harness's stack, last in first out; says in lines what was done.

    An embedded stack dies with its harness, so its faults are undone by there being nothing left that is harmed.
    """
    run_folder = Path(record.run)
    lines = remove_remains(record)
    if run_folder.is_dir():
        journal = Journal(run_folder)
        for entry in unhealed(run_folder):
            journal.healed(entry.number, by=by)
            lines.append(f"undone: {entry.undo} (the whole stack is gone)")
        journal.close()
        events = EventLog(run_folder)
        events.note(f"the harness died; {by} undid what was left: {'; '.join(lines) or 'nothing'}", problem=True)
        events.close()
    return lines


def heal_all() -> list[str]:
    """Undoes what any dead harness on this machine left. Stacks whose harness lives are not touched."""
    lines: list[str] = []
    for record in records():
        if not record.owner_lives:
            lines += [
                f"{record.run}: {line}" for line in heal_record(record, by="harness heal") or ["nothing was left"]
            ]
    return lines

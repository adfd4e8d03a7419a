"""The journal: what is unhealed, last first, whatever ended the harness."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from chaos.faults.drop import Drop
from chaos.faults.kill import Kill
from harness.clock import nanoseconds, now
from harness.journal import JOURNAL_FILE, Journal, unhealed
from harness.stack import Role

KILL = Kill(Role.APP, "app-2")
DROP = Drop(Role.CACHE, "cache")


def journalled(folder: Path, count: int = 3, healed: tuple[int, ...] = ()) -> Path:
    journal = Journal(folder)
    for number in range(1, count + 1):
        journal.injecting(number, KILL, longest_s=10)
    for number in healed:
        journal.healed(number)
    journal.close()
    return folder


def test_what_was_injected_is_undone_last_first(tmp_path: Path) -> None:
    assert [entry.number for entry in unhealed(journalled(tmp_path))] == [3, 2, 1]


def test_what_was_healed_need_not_be_undone(tmp_path: Path) -> None:
    assert [entry.number for entry in unhealed(journalled(tmp_path, healed=(2,)))] == [3, 1]
    assert unhealed(journalled(tmp_path, healed=(1, 2, 3))) == []


def test_a_run_without_a_journal_has_nothing_to_undo(tmp_path: Path) -> None:
    assert unhealed(tmp_path) == []


def test_an_entry_has_the_whole_fault_its_undo_and_its_longest_end(tmp_path: Path) -> None:
    before = now()
    journal = Journal(tmp_path)
    journal.injecting(1, DROP, longest_s=2.5)
    journal.close()
    [entry] = unhealed(tmp_path)
    assert msgspec.json.decode(entry.fault, type=Kill | Drop) == DROP
    assert entry.undo == DROP.undo()
    assert before <= entry.t <= now()
    assert before + nanoseconds(2.5) <= entry.heal_by <= now() + nanoseconds(2.5)


def test_an_entry_is_on_the_disk_before_the_fault_may_act(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_disk: list[list[int]] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        fsync(descriptor)
        assert os.fstat(descriptor).st_ino == (tmp_path / JOURNAL_FILE).stat().st_ino
        on_disk.append([entry.number for entry in unhealed(tmp_path)])

    monkeypatch.setattr(os, "fsync", watched)
    journal = Journal(tmp_path)
    journal.injecting(1, KILL, longest_s=10)
    assert on_disk == [[1]]
    journal.healed(1)
    assert on_disk == [[1], []]
    journal.close()


def test_an_entry_outlives_its_harness_s_kill_9(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from chaos.faults.kill import Kill; from harness.journal import Journal; from harness.stack import Role\n"
        "Journal(Path(sys.argv[1])).injecting(1, Kill(Role.APP, 'app-2'), longest_s=10)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert [entry.number for entry in unhealed(tmp_path)] == [1]


def test_a_line_cut_short_is_left_out_since_its_fault_never_acted(tmp_path: Path) -> None:
    file = journalled(tmp_path) / JOURNAL_FILE
    file.write_bytes(file.read_bytes()[:-5])
    assert [entry.number for entry in unhealed(tmp_path)] == [2, 1]

"""JSON lines: what a kill -9 leaves can be read."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.run import EventLog, Noted
from harness.run.events import read_events
from harness.run.lines import LineWriter, ends_whole, read_lines


class Line(msgspec.Struct, frozen=True):
    number: int
    text: str = ""


DECODER = msgspec.json.Decoder(Line)


def written(file: Path, *lines: Line) -> Path:
    writer = LineWriter(file)
    for line in lines:
        writer.write(line)
    writer.close()
    return file


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    lines = [Line(1, "a\nb"), Line(2, "漢"), Line(3)]
    assert list(read_lines(written(tmp_path / "x.jsonl", *lines), DECODER)) == lines


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert list(read_lines(tmp_path / "none.jsonl", DECODER)) == []


def test_a_second_writer_appends(tmp_path: Path) -> None:
    file = written(tmp_path / "x.jsonl", Line(1))
    written(file, Line(2))
    assert list(read_lines(file, DECODER)) == [Line(1), Line(2)]


def test_a_line_is_in_the_file_before_the_writer_is_closed(tmp_path: Path) -> None:
    writer = LineWriter(tmp_path / "x.jsonl")
    writer.write(Line(1))
    assert list(read_lines(tmp_path / "x.jsonl", DECODER)) == [Line(1)]
    writer.close()


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    writer = LineWriter(tmp_path / "x.jsonl")
    writer.close()
    writer.close()


@given(texts=st.lists(st.text(max_size=20), max_size=5), cut=st.integers(min_value=0))
def test_a_file_cut_at_any_byte_has_its_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], cut: int
) -> None:
    lines = [Line(number, text) for number, text in enumerate(texts)]
    content = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    kept = content[: cut % (len(content) + 1)]
    file = tmp_path_factory.getbasetemp() / "cut.jsonl"
    file.write_bytes(kept)
    assert list(read_lines(file, DECODER)) == lines[: kept.count(b"\n")]


def test_a_line_that_the_disk_cut_short_is_taken_back(tmp_path: Path) -> None:
    """By a limit on the file's size, in a process of its own: what a full disk does."""
    script = f"""
import resource, signal
import subprocess
import sys
from pathlib import Path
from harness.run.events import EventLog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = EventLog(Path({str(tmp_path)!r}))
log.note("one")
size = (Path({str(tmp_path)!r}) / "events.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, resource.RLIM_INFINITY))
try:
    log.note("two, which does not fit")
except OSError:
    print("said so")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.note("three")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "said so\n"
    assert [event.text for event in read_events(tmp_path) if isinstance(event, Noted)] == ["one", "three"]


def test_a_cut_last_line_is_not_glued_to_what_is_appended_later(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b'{"kind":"note","t":1,"text":"one"}\n{"kind":"no')
    log = EventLog(tmp_path)
    log.note("two")
    log.close()
    assert [event.text for event in read_events(tmp_path) if isinstance(event, Noted)] == ["one", "two"]


def test_a_file_ends_whole_unless_its_last_line_was_cut(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    assert ends_whole(file)
    file.touch()
    assert ends_whole(file)
    written(file, Line(1), Line(2))
    assert ends_whole(file)
    file.write_bytes(file.read_bytes()[:-1])
    assert not ends_whole(file)

"""JSON lines: what a kill -9 leaves can be read."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.run.lines import LineWriter, read_lines


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

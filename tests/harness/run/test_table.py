"""Arrow streams: cut anywhere, they can be read up to the last whole batch."""

from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.run.table import TableWriter, read_table

SCHEMA = pa.schema([pa.field("number", pa.int64(), nullable=False), pa.field("word", pa.string())])
BATCHES = (3, 1, 40)


class Written:
    """A stream of three batches, and where each of its parts ends in the file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "whole.arrow"
        self.cut = folder / "cut.arrow"
        writer = TableWriter(self.file, SCHEMA)
        ends = []
        numbers = iter(range(sum(BATCHES)))
        for size in BATCHES:
            for _ in range(size):
                number = next(numbers)
                writer.add((number, None if number % 5 else f"word {number}"))
            assert writer.flush() == size
            ends.append(self.file.stat().st_size)
        writer.close()
        self.batch_ends = ends
        self.content = self.file.read_bytes()

    def read_up_to(self, length: int) -> tuple[list[int], bool]:
        self.cut.write_bytes(self.content[:length])
        table, whole = read_table([self.cut], SCHEMA)
        return table["number"].to_pylist(), whole


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return Written(tmp_path_factory.mktemp("table"))


def test_a_stream_that_was_closed_is_whole(written: Written) -> None:
    table, whole = read_table([written.file], SCHEMA)
    assert whole
    assert table["number"].to_pylist() == list(range(sum(BATCHES)))
    assert table["word"].to_pylist()[:6] == ["word 0", None, None, None, None, "word 5"]


@given(length=st.integers(min_value=0))
def test_a_stream_cut_at_any_byte_is_readable_up_to_its_last_whole_batch(written: Written, length: int) -> None:
    length %= len(written.content)
    rows = sum(size for size, end in zip(BATCHES, written.batch_ends, strict=True) if end <= length)
    assert written.read_up_to(length) == (list(range(rows)), False)


def test_a_stream_cut_exactly_between_two_batches_is_not_whole(written: Written) -> None:
    for end, after in pairwise([*written.batch_ends, len(written.content)]):
        numbers, whole = written.read_up_to(end)
        assert numbers
        assert not whole
        # Nor is one of which only a part of the end marker, or of the next batch's head, was written.
        for more in range(1, min(12, after - end)):
            assert written.read_up_to(end + more) == (numbers, False)


def test_no_files_are_an_empty_whole_table() -> None:
    table, whole = read_table([], SCHEMA)
    assert whole
    assert table.num_rows == 0
    assert table.schema == SCHEMA


def test_several_files_are_one_table_and_whole_only_together(written: Written, tmp_path: Path) -> None:
    table, whole = read_table([written.file, written.file], SCHEMA)
    assert (table.num_rows, whole) == (2 * sum(BATCHES), True)
    written.read_up_to(written.batch_ends[0])
    for files in ([written.cut, written.file], [written.file, written.cut]):
        table, whole = read_table(files, SCHEMA)
        assert (table.num_rows, whole) == (sum(BATCHES) + BATCHES[0], False)


def test_a_flush_without_rows_writes_nothing(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "x.arrow", SCHEMA)
    before = (tmp_path / "x.arrow").stat().st_size
    assert writer.flush() == 0
    assert (tmp_path / "x.arrow").stat().st_size == before
    writer.close()


def test_closing_flushes_what_was_added(tmp_path: Path) -> None:
    writer = TableWriter(tmp_path / "x.arrow", SCHEMA)
    writer.add((1, "one"))
    writer.close()
    table, whole = read_table([tmp_path / "x.arrow"], SCHEMA)
    assert (table.to_pylist(), whole) == ([{"number": 1, "word": "one"}], True)

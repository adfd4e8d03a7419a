"""Arrow IPC streams: appended batch by batch, readable up to the last whole batch after a kill -9."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa


class TableWriter:
    """Buffers rows and appends them as one record batch at each `flush`."""

    def __init__(self, file: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._sink = pa.OSFile(str(file), "wb")
        self._stream = pa.ipc.new_stream(self._sink, schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))
        self._rows: list[Sequence[Any]] = []
        self.add = self._rows.append
        """Adds one row, in the schema's order. A bound method of the list: nothing is cheaper."""

    def flush(self) -> int:
        """Writes what was added since the last flush; returns how many rows that was."""
        count = len(self._rows)
        if count:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
            self._stream.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
            self._rows.clear()
        return count

    def close(self) -> None:
        self.flush()
        self._stream.close()
        self._sink.close()


def read_table(files: Sequence[Path], schema: pa.Schema) -> tuple[pa.Table, bool]:
    """All whole batches of the files in one table, and whether every stream ended properly."""
    batches: list[pa.RecordBatch] = []
    whole = True
    for file in files:
        try:
            with pa.ipc.open_stream(pa.memory_map(str(file))) as stream:
                while True:
                    batches.append(stream.read_next_batch())
        except StopIteration:
            whole = whole and _ended(file)
        except (pa.ArrowInvalid, OSError):
            whole = False
    return pa.Table.from_batches(batches, schema=schema), whole


END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"


def _ended(file: Path) -> bool:
    # A stream cut between two batches reads like one that ended: only the marker tells them apart.
    with file.open("rb") as stream:
        stream.seek(-len(END_OF_STREAM), 2)
        return stream.read() == END_OF_STREAM

"""requests/*.arrow: one row per request, never rounded, never summed on the way in."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.clock import NS
from harness.run.table import TableWriter, read_table

REQUESTS_FOLDER = "requests"

Times = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class Request(NamedTuple):
    """One request. Times are nanoseconds of CLOCK_MONOTONIC.

    `intended` is when the schedule wanted it sent (equal to `started` where nothing was scheduled);
    `first_byte` is None when no answer came or the client does not tell; `status` is 0 without an answer;
    `error` is None for a success; `instance` is who answered, by the answer's own header.
    """

    intended: int
    started: int
    first_byte: int | None
    finished: int
    scenario: str
    name: str
    method: str
    status: int
    error: str | None
    instance: str | None
    client: str
    bytes: int


REQUEST_SCHEMA = pa.schema(
    [
        pa.field("intended", pa.int64(), nullable=False),
        pa.field("started", pa.int64(), nullable=False),
        pa.field("first_byte", pa.int64()),
        pa.field("finished", pa.int64(), nullable=False),
        pa.field("scenario", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("status", pa.int16(), nullable=False),
        pa.field("error", pa.string()),
        pa.field("instance", pa.string()),
        pa.field("client", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
    ]
)
assert tuple(REQUEST_SCHEMA.names) == Request._fields


class RequestWriter(TableWriter):
    """What a load process writes: one file per process."""

    def __init__(self, folder: Path, worker: str) -> None:
        (folder / REQUESTS_FOLDER).mkdir(exist_ok=True)
        super().__init__(folder / REQUESTS_FOLDER / f"{worker}.arrow", REQUEST_SCHEMA)


class Labels:
    """A column of few distinct words: their list and, for each row, an index into it (-1 for none)."""

    def __init__(self, values: tuple[str, ...], codes: npt.NDArray[np.int32]) -> None:
        self.values = values
        self.codes = codes

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Self:
        encoded = column.combine_chunks().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        return cls(tuple(encoded.dictionary.to_pylist()), codes)

    def where(self, mask: Mask) -> Self:
        return type(self)(self.values, self.codes[mask])

    def equal(self, value: str) -> Mask:
        mask: Mask = self.codes == (self.values.index(value) if value in self.values else -2)
        return mask

    def beginning(self, text: str) -> Mask:
        """The rows whose word begins so."""
        mask: Mask = np.isin(self.codes, [code for code, value in enumerate(self.values) if value.startswith(text)])
        return mask

    def counts(self) -> Mapping[str, int]:
        """How many rows have each word, most frequent first."""
        present, counts = np.unique(self.codes[self.codes >= 0], return_counts=True)
        pairs = sorted(zip(counts.tolist(), present.tolist(), strict=True), key=lambda pair: (-pair[0], pair[1]))
        return {self.values[code]: count for count, code in pairs}


class Requests:
    """The rows of a run as columns, ordered by intended start. `where` cuts, nothing here judges."""

    def __init__(self, table: pa.Table) -> None:
        table = table.sort_by("intended")
        self.intended: Times = _times(table["intended"])
        self.started: Times = _times(table["started"])
        self.first_byte: Times = _times(table["first_byte"])
        self.finished: Times = _times(table["finished"])
        self.status: npt.NDArray[np.int16] = table["status"].to_numpy()
        self.bytes: Times = _times(table["bytes"])
        self.scenario = Labels.of(table["scenario"])
        self.name = Labels.of(table["name"])
        self.method = Labels.of(table["method"])
        self.error = Labels.of(table["error"])
        self.instance = Labels.of(table["instance"])

    @classmethod
    def of(cls, rows: Iterable[Request]) -> Self:
        columns = list(zip(*rows, strict=True)) or [()] * len(REQUEST_SCHEMA)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, REQUEST_SCHEMA, strict=True)]
        return cls(pa.Table.from_arrays(arrays, schema=REQUEST_SCHEMA))

    def where(self, mask: Mask) -> Self:
        cut = object.__new__(type(self))
        for name, column in vars(self).items():
            setattr(cut, name, column.where(mask) if isinstance(column, Labels) else column[mask])
        return cut

    def __len__(self) -> int:
        return len(self.intended)

    @property
    def failed(self) -> Mask:
        mask: Mask = self.error.codes >= 0
        return mask

    @property
    def ok(self) -> Mask:
        mask: Mask = self.error.codes < 0
        return mask

    @property
    def latency_s(self) -> npt.NDArray[np.float64]:
        """Seconds from the intended start to the last byte: what the client waited."""
        return (self.finished - self.intended) / NS

    @property
    def service_s(self) -> npt.NDArray[np.float64]:
        """Seconds from the actual start: what a closed-model tool would have reported."""
        return (self.finished - self.started) / NS


def read_requests(folder: Path, planned: Collection[str] = ()) -> tuple[Requests, bool]:
    """The recorded requests, and whether every file, and that of each `planned` load process, ended properly."""
    files = sorted((folder / REQUESTS_FOLDER).glob("*.arrow"))
    table, whole = read_table(files, REQUEST_SCHEMA)
    return Requests(table), whole and {file.stem for file in files} >= set(planned)


def _times(column: pa.ChunkedArray) -> Times:
    times: Times = column.fill_null(-1).to_numpy()
    return times

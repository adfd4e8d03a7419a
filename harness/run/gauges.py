"""gauges.arrow: what was sampled from outside while the run went on, in long form: one row per figure."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.run.table import TableWriter, read_table

GAUGES_FILE = "gauges.arrow"


class Sample(NamedTuple):
    """One figure at one instant: the `metric` of a `subject` in a `role`, as `("app", "app-2", "rss_bytes")`."""

    t: int
    role: str
    subject: str
    metric: str
    value: float


GAUGE_SCHEMA = pa.schema(
    [
        pa.field("t", pa.int64(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("metric", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
    ]
)
assert tuple(GAUGE_SCHEMA.names) == Sample._fields


class GaugeWriter(TableWriter):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder / GAUGES_FILE, GAUGE_SCHEMA)


class Series(NamedTuple):
    """The samples of one metric of one subject: times (ns) and values, in order of time."""

    t: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]

    def between(self, begin: int, end: int) -> "Series":
        inside = (self.t >= begin) & (self.t < end)
        return Series(self.t[inside], self.value[inside])


class Gauges:
    def __init__(self, table: pa.Table) -> None:
        self._table = table.sort_by("t")

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "Gauges":
        columns = list(zip(*samples, strict=True)) or [()] * len(GAUGE_SCHEMA)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, GAUGE_SCHEMA, strict=True)]
        return cls(pa.Table.from_arrays(arrays, schema=GAUGE_SCHEMA))

    def sampled(self) -> list[tuple[str, str, str]]:
        """Every (role, subject, metric) that was sampled, sorted."""
        groups = self._table.group_by(["role", "subject", "metric"]).aggregate([])
        return sorted(tuple(row.values()) for row in groups.to_pylist())

    def series(self, role: str, subject: str, metric: str) -> Series:
        """Empty where nothing was sampled."""
        table = self._table
        wanted = pc.and_(
            pc.equal(table["metric"], metric),
            pc.and_(pc.equal(table["role"], role), pc.equal(table["subject"], subject)),
        )
        cut = table.filter(wanted)
        return Series(cut["t"].to_numpy(), cut["value"].to_numpy())


def read_gauges(folder: Path) -> tuple[Gauges, bool]:
    file = folder / GAUGES_FILE
    table, whole = read_table([file] if file.exists() else [], GAUGE_SCHEMA)
    return Gauges(table), whole and file.exists()

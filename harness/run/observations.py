"""observations.jsonl: what a probe saw, one line for each thing that it asked."""

from pathlib import Path

import msgspec

from harness.run.lines import LineWriter, read_lines

OBSERVATIONS_FILE = "observations.jsonl"

Value = float | str


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to one question, at `t` (ns).

    `of` names the kind of question ("forged-tokens"), `case` this one of them ("alg=none"). `value` is the figure in
    `unit`, or a short text; None when there was no answer. `detail` is the evidence in words.
    """

    t: int
    of: str
    case: str
    value: Value | None
    unit: str = ""
    detail: str = ""


_DECODER = msgspec.json.Decoder(Observation)


class ObservationLog:
    """Appends to observations.jsonl."""

    def __init__(self, folder: Path) -> None:
        self._lines = LineWriter(folder / OBSERVATIONS_FILE)

    def add(self, observation: Observation) -> None:
        self._lines.write(observation)

    def close(self) -> None:
        self._lines.close()


def read_observations(folder: Path) -> list[Observation]:
    return list(read_lines(folder / OBSERVATIONS_FILE, _DECODER))

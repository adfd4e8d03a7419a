"""Result: one measured figure against what it must be."""

from typing import NamedTuple


class Result(NamedTuple):
    """`must` None is a figure for the record, which cannot be missed."""

    figure: str
    measured: str
    value: float
    must: float | None = None
    at_least: bool = False

    @property
    def reached(self) -> bool:
        if self.must is None:
            return True
        return self.value >= self.must if self.at_least else self.value <= self.must

    def row(self, name: str) -> str:
        must = "" if self.must is None else f"{'≥' if self.at_least else '≤'} {self.must:g}"
        answer = "" if self.must is None else ("yes" if self.reached else "NO")
        return f"| {name} | {self.figure} | {self.measured} | {must} | {answer} |"

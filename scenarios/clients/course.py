"""The course of a load: when arrivals are due whose rate changes. Arithmetic, as the schedule that it stretches is."""

from collections.abc import Iterable
from typing import NamedTuple

from harness.run import Pace
from scenarios.clients.arrivals import NS


class _Stretch(NamedTuple):
    """From `begin` on, where as much of the schedule has been played as took `played` at the load's own rate (ns)."""

    begin: int
    played: int
    pace: Pace


class Course:
    """A schedule is made for the load's own rate. At twice the rate it is played twice as fast: constant arrivals stay
    evenly spaced, and independent ones independent. What is not told otherwise is played as it is.
    """

    def __init__(self, paces: Iterable[Pace] = ()) -> None:
        self._stretches = [_Stretch(0, 0, Pace(1.0))]
        self.turn(0, paces)

    def turn(self, at: int, paces: Iterable[Pace]) -> None:
        """From `at` (ns since the schedule's zero) on these paces follow each other, in place of what was to come."""
        played = self._played(at)
        self._stretches = [stretch for stretch in self._stretches if stretch.begin < at] or self._stretches[:1]
        for pace in paces:
            self._stretches.append(_Stretch(at, played, pace))
            at += round(pace.seconds * NS)
            played += round(pace.worth(pace.seconds) * NS)

    def due(self, offset: int) -> int:
        """When an arrival is due (ns) that the schedule has at `offset`."""
        stretch = next(stretch for stretch in reversed(self._stretches) if stretch.played <= offset)
        if stretch.pace.begin == stretch.pace.end == 1.0:
            return stretch.begin + offset - stretch.played
        return stretch.begin + round(stretch.pace.when((offset - stretch.played) / NS) * NS)

    def _played(self, at: int) -> int:
        stretch = next((some for some in reversed(self._stretches) if some.begin <= at), self._stretches[0])
        return stretch.played + round(stretch.pace.worth(max(at - stretch.begin, 0) / NS) * NS)

"""Pace: how fast clients arrive in a stretch of time, in times of their load's rate. Arithmetic: no clock in here."""

import math

import msgspec


class Pace(msgspec.Struct, frozen=True):
    """For `seconds` the rate goes evenly from `begin` to `end` times what the load says, and then stays there."""

    seconds: float
    begin: float = 1.0
    end: float = 1.0

    @property
    def _slope(self) -> float:
        return (self.end - self.begin) / self.seconds

    def at(self, seconds: float) -> float:
        """The factor, that long after its beginning."""
        return self.begin + self._slope * min(seconds, self.seconds)

    def worth(self, seconds: float) -> float:
        """How many seconds at the load's own rate bring as many arrivals as the first `seconds` of this."""
        inside = min(seconds, self.seconds)
        return self.begin * inside + self._slope * inside**2 / 2 + self.end * (seconds - inside)

    def when(self, worth: float) -> float:
        """The other way round: after how many seconds it has been worth so much."""
        if worth <= 0:
            return 0.0
        whole = self.worth(self.seconds)
        if worth >= whole:
            return self.seconds + (worth - whole) / self.end
        # The root of the quadratic, in the form that an even pace does not divide by nothing.
        return 2 * worth / (self.begin + math.sqrt(self.begin**2 + 2 * self._slope * worth))

    def after(self, seconds: float) -> "Pace":
        """What is left of it then: a moment at least."""
        return Pace(max(self.seconds - seconds, 1e-3), self.at(seconds), self.end) if seconds > 0 else self

    def __str__(self) -> str:
        """Empty where it is the load's own rate."""
        if self.begin != self.end:
            return f"from {self.begin:g} to {self.end:g} times the rate"
        return "" if self.begin == 1.0 else f"at {self.begin:g} times the rate"

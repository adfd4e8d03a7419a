"""Figures as people read them."""


def figure(value: float | None, unit: str) -> str:
    """`0.0042 s` reads "4.2 ms"; None reads "nothing measured"."""
    if value is None:
        return "nothing measured"
    if unit == "s":
        return f"{_digits(value * 1000, 3)} ms" if value < 0.9995 else f"{_digits(value, 3)} s"
    if unit == "%":
        return f"{_digits(value, 3)} %"
    if unit == "/s":
        return f"{_digits(value, 4)}/s"
    return f"{_digits(value, 4)} {unit}".rstrip()


def _digits(value: float, count: int) -> str:
    """So many significant digits, but never an exponent for a large number: "19,800", not "1.98e+04"."""
    return f"{value:,.0f}" if abs(value) >= 10 ** (count - 1) else f"{value:,.{count}g}"

"""The colours, once: Okabe and Ito's for data, greys for the rest, each in a light and a dark form.

A chart is always drawn in the light colours. Where it goes into the page, each of them is replaced by the CSS custom
property of its name, so that one drawing serves both themes. Hence no two light colours may be equal.
"""

from typing import NamedTuple


class Colour(NamedTuple):
    name: str
    light: str
    dark: str

    def __str__(self) -> str:
        return self.light


PAGE = Colour("page", "#ffffff", "#14171a")
RAISED = Colour("raised", "#f6f7f8", "#1c2024")
INK = Colour("ink", "#1a1d21", "#e6e8ea")
MUTED = Colour("muted", "#5c646c", "#a0a8b0")
RULE = Colour("rule", "#d8dcdf", "#363c42")
GRID = Colour("grid", "#e7eaec", "#2a2f34")
FAULT = Colour("fault", "#d45f02", "#ff9a5c")

PASS = Colour("pass", "#00664b", "#4fd6ac")
FAIL = Colour("fail", "#b03a00", "#ff9163")
INCONCLUSIVE = Colour("inconclusive", "#795500", "#f0b840")

BLUE = Colour("blue", "#0072b2", "#4aa8e0")
ORANGE = Colour("orange", "#e69f00", "#e8ab28")
GREEN = Colour("green", "#009e73", "#2fbf95")
PURPLE = Colour("purple", "#cc79a7", "#dc96bd")
SKY = Colour("sky", "#56b4e9", "#86cbf2")
VERMILLION = Colour("vermillion", "#d55e00", "#f07f3c")
YELLOW = Colour("yellow", "#d9c700", "#f0e442")
GREY = Colour("grey", "#8a9299", "#7d858c")

CHROME = (PAGE, RAISED, INK, MUTED, RULE, GRID, FAULT, PASS, FAIL, INCONCLUSIVE)
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILLION, YELLOW, GREY)
"""For members, kinds of error and the like, in this order. The last is for "all others"."""

COLOURS = CHROME + SERIES
assert len({colour.light for colour in COLOURS}) == len(COLOURS)

DASHES = ("-", "--", ":", "-.", (0, (6, 2, 1, 2, 1, 2)), (0, (1, 3)), (0, (8, 3)), (0, (3, 1)))
"""Line styles beside the colours of SERIES: colour never carries a meaning alone."""


def custom_properties(dark: bool) -> str:
    """The palette as CSS declarations."""
    return " ".join(f"--{colour.name}: {colour.dark if dark else colour.light};" for colour in COLOURS)

"""A figure as bytes: a PNG that stands alone, or an SVG that is part of a page and follows its theme."""

import io
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib
from markupsafe import Markup
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reports.palette import COLOURS


@contextmanager
def _settings() -> Iterator[None]:
    """Text stays text, ids come out the same every time, and so does the font, matplotlib's own, on every machine."""
    with (
        matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "reports", "font.family": "DejaVu Sans"}),
        warnings.catch_warnings(),
    ):
        # A name in a script that the font does not have is drawn as boxes in the picture; the page has its own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


_NAMESPACE = re.compile(r"\{[^}]*\}")
_COLOUR = re.compile("|".join(re.escape(colour.light) for colour in COLOURS))
_PROPERTY = {colour.light: f"var(--{colour.name})" for colour in COLOURS}
_LONG = re.compile(r"-?\d+\.\d{3,}")
_FONT = re.compile(r"font-family: [^;]*;? ?|font: [^;]*px [^;]*;? ?")
_UNTURNED = re.compile(r" ?rotate\(-?0 [^)]*\)")


def png(figure: Figure, *, scale: int = 2) -> bytes:
    FigureCanvasAgg(figure)
    out = io.BytesIO()
    with _settings():
        figure.savefig(out, format="png", dpi=figure.dpi * scale, metadata={"Software": None})
    return out.getvalue()


def svg(figure: Figure, name: str, label: str) -> Markup:
    """Inline SVG: `name` is unique in the page, `label` says what one sees to those who do not."""
    name = re.sub(r"\W", "-", name)
    FigureCanvasSVG(figure)
    out = io.BytesIO()
    with _settings():
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    root = ET.fromstring(out.getvalue())
    used = set(re.findall(r"#([\w-]+)", out.getvalue().decode()))
    for parent in root.iter():
        # Metadata names outside addresses, and a style of matplotlib's would be one for the whole page.
        for child in [child for child in parent if _tag(child) in ("metadata", "style")]:
            parent.remove(child)
        _clean(parent, name, used)
    view_box = root.attrib["viewBox"]
    root.attrib = {"viewBox": view_box, "role": "img", "aria-label": label}
    root.attrib["style"] = f"--natural: {float(view_box.split()[2]):.0f}px"
    return Markup(ET.tostring(root, encoding="unicode"))


def _tag(element: ET.Element) -> str:
    return _NAMESPACE.sub("", element.tag)


def _clean(element: ET.Element, name: str, used: set[str]) -> None:
    element.tag = _tag(element)
    element.tail = element.tail.strip() if element.tail else None
    if element.tag != "text" and element.text:
        element.text = element.text.strip()
    attributes = {_NAMESPACE.sub("", key): value for key, value in element.attrib.items()}
    own_id = attributes.pop("id", None)
    if own_id in used:
        attributes["id"] = f"{name}-{own_id}"
    elif own_id == "fault-span":
        attributes["class"] = own_id
    element.attrib = {key: _rewritten(key, value, name) for key, value in attributes.items()}


def _rewritten(key: str, value: str, name: str) -> str:
    if key == "href":
        return f"#{name}-{value[1:]}"
    if key in ("d", "x", "y", "width", "height", "transform"):
        rounded = _LONG.sub(lambda number: f"{float(number[0]):.2f}", _UNTURNED.sub("", value))
        return " ".join(rounded.split())
    if key in ("style", "fill", "stroke"):
        # The page's own font: text is anchored where it must be, so its width may differ from matplotlib's.
        value = _COLOUR.sub(lambda colour: _PROPERTY[colour[0]], _FONT.sub("", value))
    return value.replace("url(#", f"url(#{name}-")

"""The few pages that are HTML: whatever people typed is text there, and nothing on a page may run.

Two locks, of which each alone is enough. The templates escape every value; only markup that the sanitiser let
through is marked as safe. And the pages' policy names no source of scripts at all.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import nh3
from starlette.responses import Response

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).with_name("templates")
# What a person may use to speak of themselves. No images: one would tell its owner who looks.
_TAGS = {"a", "b", "blockquote", "br", "code", "em", "i", "li", "ol", "p", "strong", "ul"}
_SCHEMES = {"http", "https", "mailto"}


def sanitised(markup: str) -> str:
    """Markup as it may stand in a page: a few tags, links without tricks, the text of everything else.

    Done when it is shown and not when it is stored: a better sanitiser then mends old rows too.
    """
    return nh3.clean(
        markup,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer ugc",
    )


def html_response(template: str, **values: object) -> Response:
    """Render a template of `templates/`."""
    environment, policy = _environment()
    page = environment.get_template(template).render(values)
    return Response(page, headers={"Content-Security-Policy": policy}, media_type="text/html")


@cache
def _environment() -> tuple[Environment, str]:
    # Not at import: it takes 8 MB, and instances that serve no page do without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    style = (_FOLDER / "style.css").read_text("utf-8")
    environment.globals["style"] = Markup(style)
    environment.filters["sanitised"] = lambda text: Markup(sanitised(text))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-same-origin"
    )
    return environment, policy

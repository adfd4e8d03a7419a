"""Parameters in a URL's query."""

from urllib.parse import parse_qsl, urlencode, urlsplit


def with_parameters(url: str, **parameters: str) -> str:
    """The same URL with these parameters, whatever it said of them before. Paths stay readable."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | parameters
    return parts._replace(query=urlencode(query, safe="/")).geturl()

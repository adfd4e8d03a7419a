"""URLs as an application's environment has them."""

from urllib.parse import parse_qsl, urlencode, urlsplit


def with_parameters(url: str, **parameters: str) -> str:
    """The same URL with these parameters, whatever it said of them before. Paths stay readable."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | parameters
    return parts._replace(query=urlencode(query, safe="/")).geturl()


def at(url: str, address: tuple[str, int]) -> str:
    """The same URL with another host and port. Whoever logs in stays who they are."""
    parts = urlsplit(url)
    login, sign, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{login}{sign}{address[0]}:{address[1]}").geturl()


def plain(url: str) -> str:
    """Without the driver that SQLAlchemy's URLs name: `postgresql+asyncpg://…` is `postgresql://…` for libpq."""
    scheme, sign, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{sign}{rest}"


def has_parameter(url: str, name: str) -> bool:
    return any(known == name for known, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True))

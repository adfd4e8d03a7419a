"""The bodies of the control's requests and answers: Toxiproxy's, and what is told beyond them."""

from typing import Annotated

import msgspec

from chaos.proxy import address
from chaos.proxy.address import Address
from chaos.proxy.applied import Applied, types
from chaos.proxy.connection import Connection
from chaos.proxy.proxy import Proxy
from chaos.proxy.toxic import Stream, Toxic

# A name is a part of a path.
Name = Annotated[str, msgspec.Meta(pattern=r"^[^/]{1,200}$")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class RefusedError(Exception):
    """A request that is not done, and the status that says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Problem(msgspec.Struct, frozen=True):
    """The answer to a request that is refused."""

    error: str
    status: int


class Version(msgspec.Struct, frozen=True):
    # Of the API that is spoken; what follows the plus sign is who speaks it.
    version: str = "2.12.0+fault-proxy"


class NewToxic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`toxicity` is the share of connections that feel it, drawn from `seed`."""

    type: str
    name: Name | None = None
    stream: Stream = Stream.DOWNSTREAM
    toxicity: Share = 1.0
    attributes: msgspec.Raw = msgspec.Raw(b"{}")
    seed: int = 0

    def applied(self) -> Applied:
        if self.type not in types():
            raise RefusedError(400, f"invalid toxic type {self.type!r}: the types are {', '.join(types())}")
        return Applied(
            name=self.name or f"{self.type}_{self.stream.value}",
            type=self.type,
            stream=self.stream,
            toxicity=self.toxicity,
            attributes=_attributes(self.type, msgspec.Raw(self.attributes)),
            seed=self.seed,
        )


class ToxicChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not given stays, each attribute too. A name, a type or a stream can be repeated, and not changed."""

    name: str | None = None
    type: str | None = None
    stream: Stream | None = None
    toxicity: Share | None = None
    attributes: dict[str, object] = {}
    seed: int | None = None

    def of(self, toxic: Applied) -> Applied:
        for field in ("name", "type", "stream"):
            said, is_now = getattr(self, field), getattr(toxic, field)
            if said not in {None, is_now}:
                raise RefusedError(400, f"a toxic's {field} cannot be changed, and it is {str(is_now)!r}: make another")
        attributes = msgspec.to_builtins(toxic.attributes) | self.attributes
        return msgspec.structs.replace(
            toxic,
            toxicity=toxic.toxicity if self.toxicity is None else self.toxicity,
            seed=toxic.seed if self.seed is None else self.seed,
            attributes=_attributes(toxic.type, msgspec.json.encode(attributes)),
        )


class NewProxy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proxy with its toxics: no connection is open before them."""

    name: Name
    upstream: str
    listen: str = "127.0.0.1:0"
    enabled: bool = True
    toxics: list[NewToxic] | None = None

    def made(self) -> Proxy:
        applied = [toxic.applied() for toxic in self.toxics or []]
        refuse_doubles(applied)
        return Proxy(self.name, address_of("listen", self.listen), address_of("upstream", self.upstream), applied)


class ProxyChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not given stays. Toxiproxy's clients send the toxics that they remember along: these stay too."""

    name: str | None = None
    listen: str | None = None
    upstream: str | None = None
    enabled: bool | None = None
    toxics: list[object] | None = None


class ShownProxy(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    listen: str
    upstream: str
    enabled: bool
    toxics: list[Applied]

    @classmethod
    def of(cls, proxy: Proxy) -> "ShownProxy":
        return cls(
            name=proxy.name,
            listen=str(proxy.listen),
            upstream=str(proxy.upstream),
            enabled=proxy.enabled,
            toxics=proxy.toxics,
        )


class ShownConnection(msgspec.Struct, frozen=True, kw_only=True):
    """One that is open: the toxics that it feels, the bytes that passed in each direction, and those that wait."""

    number: int
    client: str
    toxics: list[str]
    upstream_bytes: int
    downstream_bytes: int
    held_bytes: int

    @classmethod
    def of(cls, connection: Connection) -> "ShownConnection":
        return cls(
            number=connection.number,
            client=str(connection.client),
            toxics=connection.toxics,
            upstream_bytes=connection.up.sent,
            downstream_bytes=connection.down.sent,
            held_bytes=connection.up.held + connection.down.held,
        )


class WholeProxy(ShownProxy, frozen=True, kw_only=True):
    """The answer of GET /proxies/{name}. `failures` counts the clients for whom there was no connection upstream."""

    connections: list[ShownConnection]
    failures: int
    last_failure: str | None

    @classmethod
    def of(cls, proxy: Proxy) -> "WholeProxy":
        return cls(
            **msgspec.structs.asdict(ShownProxy.of(proxy)),
            connections=[ShownConnection.of(one) for one in proxy.connections.values() if one.open],
            failures=proxy.failures,
            last_failure=proxy.last_failure,
        )


class Populated(msgspec.Struct, frozen=True):
    """The answer of POST /populate."""

    proxies: list[ShownProxy]


def refuse_doubles(toxics: list[Applied]) -> None:
    names = [toxic.name for toxic in toxics]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise RefusedError(409, f"toxic already exists: {double}")


def address_of(field: str, text: str) -> Address:
    try:
        parsed = address.parsed(text)
    except ValueError as error:
        raise RefusedError(400, f"bad request body: {field}: {error}") from error
    if field == "upstream" and not parsed.port:
        raise RefusedError(400, f"bad request body: upstream: {text!r} has no port")
    return parsed


def _attributes(kind: str, body: bytes | msgspec.Raw) -> Toxic:
    try:
        return msgspec.json.decode(body, type=types()[kind])
    except msgspec.DecodeError as error:
        raise RefusedError(400, f"bad request body: attributes of {kind}: {error}") from error

"""A toxic as a proxy has it: named, for one direction and a share of the connections; and the types that there are."""

import importlib
import pkgutil
import random
from functools import cache

import msgspec

from chaos.proxy import toxics
from chaos.proxy.toxic import Stream, Toxic


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """As Toxiproxy's API shows it, and the seed of the share beside it."""

    name: str
    type: str
    stream: Stream
    toxicity: float
    attributes: Toxic
    seed: int = 0

    def meets(self, connection: int) -> random.Random | None:
        """The generator with which the connection of this number feels the toxic; None where it is spared.

        It depends on nothing else, so the same seed harms the same connections, whatever came between them.
        """
        draw = random.Random(f"{self.seed} {self.name} {connection}")
        return draw if draw.random() < self.toxicity else None


@cache
def types() -> dict[str, type[Toxic]]:
    """Each file of chaos/proxy/toxics holds one type, named as the file is."""
    found = {}
    for info in pkgutil.iter_modules(toxics.__path__):
        module = importlib.import_module(f"{toxics.__name__}.{info.name}")
        [found[info.name]] = [
            kind
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, Toxic) and kind.__module__ == module.__name__
        ]
    return found

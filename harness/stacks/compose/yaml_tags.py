"""Compose's own YAML: what takes the place of a part of another file, or takes it away, instead of adding to it."""

from typing import Any

import yaml

Service = dict[str, Any]
"""A service of a compose file: YAML has no type of its own."""


class Overridden(list[Any]):
    """A list that takes the place of the file's own."""


class OverriddenMap(dict[str, Any]):
    """A mapping that takes the place of the file's own."""


class Reset:
    """Takes the file's own away."""


class Dumper(yaml.SafeDumper):
    """Knows `!override` and `!reset`."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Dumper.add_representer(Overridden, lambda dumper, data: dumper.represent_sequence("!override", data))
Dumper.add_representer(OverriddenMap, lambda dumper, data: dumper.represent_mapping("!override", data))
Dumper.add_representer(Reset, lambda dumper, _: dumper.represent_scalar("!reset", "null"))

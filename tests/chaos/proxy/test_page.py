"""docs/fault-proxy.md lists the toxics, their attributes and the requests that there are."""

import re

from chaos.proxy.applied import types
from chaos.proxy.control import create_control
from chaos.proxy.proxies import Proxies
from tests.docs.pages import page

fault_proxy = page("fault-proxy.md")


def test_every_toxic_is_listed_with_its_attributes() -> None:
    listed = {row[0].strip("`"): re.findall(r"`(\w+)`", row[1]) for row in fault_proxy.rows("Toxics")}
    assert listed == {name: list(kind.__struct_fields__) for name, kind in sorted(types().items())}


def test_every_path_is_listed() -> None:
    there = {getattr(route, "path", "") for route in create_control(Proxies()).routes}
    listed = {path for row in fault_proxy.rows("The control") for path in re.findall(r"`\w+ (/\S*)`", row[0])}
    assert listed == {path.replace("{proxy}", "{name}") for path in there}

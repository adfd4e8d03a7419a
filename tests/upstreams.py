"""A real upstream for tests: the embedded stack's own, started by its own recipe."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from harness.stacks.embedded import upstream
from harness.stacks.embedded.ports import free_ports
from tests.servers import new_site, running, work_folder


@contextmanager
def an_upstream() -> Iterator[str]:
    """Its URL."""
    folder = work_folder("upstream")
    site = new_site(folder)
    site = site._replace(ports=site.ports._replace(upstream=free_ports(1)[0]))
    with running(upstream.spec(site), folder / "upstream.log", lambda: upstream.answers(site)):
        yield upstream.url(site)
    shutil.rmtree(folder)

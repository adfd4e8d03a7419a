"""One proxy process for all tests, and for each test a proxy in it, with a server behind."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.chaos.proxy.peers import Control, Through, proxy_process, through


@pytest.fixture(scope="session")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Control]:
    log = tmp_path_factory.mktemp("proxy") / "proxy.log"
    with proxy_process(log) as (_, port):
        control = Control(port)
        with control.http:
            yield control
    # What is wrong with a connection is one line; an exception in the loop would be more.
    assert "Traceback" not in log.read_text()


@pytest.fixture
async def link(control: Control) -> AsyncIterator[Through]:
    async with through(control, "link") as one:
        yield one

"""A herd of clients: how it comes back, as its companion does it and as its tries are counted."""

import asyncio
from collections.abc import Sequence

import pytest

from chaos.asks.herd import Return
from chaos.companions import herd
from chaos.companions.herd import LOST, OK, UNANSWERED, Called, Client, Try

MS = 1_000_000
HOST = "127.0.0.1"


def tries(*told: tuple[int, int, int]) -> list[Try]:
    """Of (client, when in ms, status), each over in 10 ms."""
    return [Try(client=client, began=at * MS, seconds=0.01, status=status) for client, at, status in told]


def test_as_long_as_nothing_was_lost_nobody_is_back() -> None:
    came = Return.of(tries((0, 1, OK), (1, 2, OK), (0, 3, OK)))
    assert (came.lost, came.back) == (0, {})


def test_a_client_is_back_with_its_first_good_answer_after_the_loss() -> None:
    came = Return.of(
        tries(
            (0, 50, OK),
            (0, 100, LOST),
            (1, 101, LOST),
            (0, 1100, UNANSWERED),
            (1, 1101, 503),
            (0, 2100, OK),
            (0, 2900, OK),
            (1, 3000, 503),
        )
    )
    assert came.lost == 100 * MS
    assert came.back == {0: 2110 * MS}
    # What was asked before, and what was asked by who had been back, was not for coming back.
    assert [one.began // MS for one in came.tries] == [1100, 1101, 2100, 3000]
    assert Return.of([*came.tries, *tries((1, 4000, OK))]).back == {0: 2110 * MS, 1: 4010 * MS}


@pytest.mark.parametrize(
    ("at", "peak"),
    [
        ((1000, 1010, 1020, 1099), 4),
        ((1000, 1100, 1200), 1),
        ((1000, 1060, 1149, 1150, 1159), 4),
    ],
)
def test_the_busiest_moment_is_sought_wherever_it_begins(at: Sequence[int], peak: int) -> None:
    lost = [(client, 500, LOST) for client in range(len(at))]
    came = Return.of(tries(*lost, *((client, when, OK) for client, when in enumerate(at))))
    assert came.peak == peak


class Told(Client):
    """Keeps what it tells."""

    def __init__(self, number: int, called: Called) -> None:
        super().__init__(number, called)
        self.statuses: list[int] = []

    def _tell(self, began: int, status: int) -> None:
        self.statuses.append(status)


async def test_a_client_notices_at_once_that_it_was_hung_up_on_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(herd, "PAUSE_S", 0.02)
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"]
    asked: list[bytes] = []
    served_again = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if len(asked) == 3:
            served_again.set()
        else:
            writer.write(answers[len(asked) - 1])
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        called = Called(url=f"http://{HOST}:{port}", paths=("/a",), token="t", clients=1, in_step=True)
        client = Told(0, called)
        living = asyncio.create_task(client.live())
        async with asyncio.timeout(10):
            await served_again.wait()
        living.cancel()
    assert client.statuses[:3] == [OK, LOST, 503]
    assert asked[0] == f"GET /a HTTP/1.1\r\nHost: {HOST}:{port}\r\nAuthorization: Bearer t\r\n\r\n".encode()


def test_what_a_herd_is_told_is_read_as_it_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    called = Called(url="http://h:1", paths=("/a", "/b"), token="t", clients=3, in_step=False, seed=7)
    for name, value in called.environment().items():
        monkeypatch.setenv(name, value)
    assert Called.read() == called

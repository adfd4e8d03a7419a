"""Toxics as values: how much goes on when, without a socket or a clock."""

import random
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.proxy import address
from chaos.proxy.address import Address
from chaos.proxy.applied import types
from chaos.proxy.toxic import Ending, Fate, Portion, Toxic, Waiting
from chaos.proxy.toxics.bandwidth import Bandwidth
from chaos.proxy.toxics.hang import Hang
from chaos.proxy.toxics.latency import Latency
from chaos.proxy.toxics.limit_data import LimitData
from chaos.proxy.toxics.reset_peer import ResetPeer
from chaos.proxy.toxics.slicer import Slicer
from chaos.proxy.toxics.slow_close import SlowClose
from chaos.proxy.toxics.timeout import Timeout

sizes = st.integers(1, 300_000)
seconds = st.floats(0, 1000)


def waiting(size: int = 1000, arrived: float = 10.0, last: float = 0.0, passed: int = 0, seed: int = 1) -> Waiting:
    return Waiting(size, arrived, last, passed, random.Random(seed))


def went(toxic: Toxic, size: int) -> list[Portion]:
    """All the portions in which so many bytes go on, that came at 10 s."""
    portions: list[Portion] = []
    last, passed, draw = 10.0, 0, random.Random(1)
    while passed < size:
        portion = toxic.portion(Waiting(size - passed, 10.0, last, passed, draw))
        portions.append(portion)
        if portion.then:
            break
        last, passed = portion.due, passed + portion.size
    return portions


@given(size=sizes, arrived=seconds, last=seconds)
@pytest.mark.parametrize(
    "toxic",
    [
        Latency(latency=10),
        Bandwidth(rate=100),
        SlowClose(delay=1),
        Hang(),
        Timeout(timeout=1),
        ResetPeer(timeout=1),
        Slicer(average_size=10, size_variation=9, delay=5),
        LimitData(bytes=10**6),
    ],
    ids=lambda toxic: type(toxic).__name__,
)
def test_no_portion_is_empty_larger_than_what_waits_or_due_before_it_came(
    toxic: Toxic, size: int, arrived: float, last: float
) -> None:
    portion = toxic.portion(waiting(size, arrived, last))
    assert 1 <= portion.size <= size
    assert portion.due >= arrived
    assert toxic.end(waiting(0, arrived, last)) >= arrived


def test_what_overrides_nothing_does_nothing() -> None:
    assert Toxic().portion(waiting()) == Portion(1000, due=10)
    assert Toxic().end(waiting(size=0)) == 10
    assert Toxic().fate() is None


def test_latency_is_added_to_when_a_byte_came_and_jitter_is_drawn_both_ways() -> None:
    assert Latency(latency=200).portion(waiting()) == Portion(1000, due=10.2)
    assert Latency(latency=200).end(waiting(size=0)) == 10.2
    dues = [Latency(latency=200, jitter=100).portion(waiting(seed=seed)).due for seed in range(200)]
    assert 10.1 <= min(dues) < 10.12
    assert 10.28 < max(dues) <= 10.3


def test_bandwidth_lets_a_hundredth_of_a_second_s_bytes_by_at_once() -> None:
    portions = went(Bandwidth(rate=100), 5_000)
    assert [portion.size for portion in portions] == [1000] * 5
    assert [round(portion.due, 6) for portion in portions] == [10.01, 10.02, 10.03, 10.04, 10.05]


def test_slices_vary_around_their_average_and_follow_each_other() -> None:
    portions = went(Slicer(average_size=100, size_variation=50, delay=1000), 100_000)
    assert 50 <= min(portion.size for portion in portions[:-1]) < 60
    assert 140 < max(portion.size for portion in portions) <= 150
    assert 900 < len(portions) < 1100
    assert portions[-1].due == pytest.approx(10 + len(portions) / 1000)


@pytest.mark.parametrize(
    ("passed", "portion"),
    [
        (0, Portion(1000, 10)),
        (1000, Portion(1000, 10, Ending.CLOSE)),
        (1500, Portion(500, 10, Ending.CLOSE)),
        (2000, Portion(0, 10, Ending.CLOSE)),
        (9999, Portion(0, 10, Ending.CLOSE)),
    ],
)
def test_a_limit_counts_what_has_passed(passed: int, portion: Portion) -> None:
    assert LimitData(bytes=2000).portion(waiting(passed=passed)) == portion


def test_what_ends_a_connection_says_when() -> None:
    assert ResetPeer().fate() == Fate(0, Ending.RESET)
    assert ResetPeer(timeout=1500).fate() == Fate(1.5, Ending.RESET)
    assert Timeout(timeout=1500).fate() == Fate(1.5, Ending.CLOSE)
    assert Timeout(timeout=0).fate() is None
    assert {Hang().portion(waiting()).due, Timeout(timeout=0).portion(waiting()).due} == {inf}


def test_the_end_of_the_bytes_is_delayed_and_the_bytes_are_not() -> None:
    assert SlowClose(delay=500).portion(waiting()).due == 10
    assert SlowClose(delay=500).end(waiting(size=0)) == 10.5


def test_the_types_are_toxiproxy_s_and_one_more() -> None:
    toxiproxy_s = {"latency", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data"}
    assert set(types()) == toxiproxy_s | {"hang"}


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("127.0.0.1:80", Address("127.0.0.1", 80)),
        (":80", Address("127.0.0.1", 80)),
        ("0.0.0.0:0", Address("0.0.0.0", 0)),
        ("db.internal:5432", Address("db.internal", 5432)),
        ("[::1]:80", Address("::1", 80)),
    ],
)
def test_an_address_without_a_host_is_this_machine_s_alone(text: str, means: Address) -> None:
    assert address.parsed(text) == means
    assert text.endswith(str(means)[-3:])


@pytest.mark.parametrize("text", ["", "80", "host", "host:", "host:http", "host:65536", "::1:80", "host:-1"])
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        address.parsed(text)

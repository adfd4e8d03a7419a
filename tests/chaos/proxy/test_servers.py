"""Real servers behind the proxy, and the clients that applications use."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis

from tests.chaos.proxy.peers import Control


@contextmanager
def behind(control: Control, url: str) -> Iterator[str]:
    """The same URL, by way of a proxy named "server"."""
    parts = urlsplit(url)
    listen = control.ask("POST", "/proxies", {"name": "server", "upstream": f"{parts.hostname}:{parts.port}"})["listen"]
    account = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    try:
        yield urlunsplit(parts._replace(netloc=account + listen))
    finally:
        control.ask("DELETE", "/proxies/server")


@pytest.fixture
def cache(control: Control, redis_url: str) -> Iterator[redis.Redis]:
    with behind(control, redis_url) as url, redis.Redis.from_url(url, socket_timeout=5, retry=None) as client:
        yield client


@pytest.fixture
def database(control: Control, database_url: str) -> Iterator[str]:
    with behind(control, database_url) as url:
        yield url


def test_a_cache_works_through_it_and_on_through_slices(control: Control, cache: redis.Redis) -> None:
    def fill(start: int) -> None:
        with cache.pipeline(transaction=False) as pipe:
            for number in range(start, start + 1000):
                pipe.set(f"proxy-{number}", f"{number}" * 50, ex=60)
            assert all(pipe.execute())
        kept = cache.mget([f"proxy-{number}" for number in range(start, start + 1000)])
        assert kept == [f"{number}".encode() * 50 for number in range(start, start + 1000)]

    fill(0)
    control.add("server", "slicer", "upstream", {"average_size": 64, "size_variation": 32})
    control.add("server", "slicer", "downstream", {"average_size": 7, "size_variation": 6})
    fill(1000)
    control.ask("POST", "/reset")
    fill(2000)


def test_a_pooled_connection_to_a_cache_feels_latency_at_once_and_no_more_after_it(
    control: Control, cache: redis.Redis
) -> None:
    def took() -> float:
        began = perf_counter()
        assert cache.ping()
        return perf_counter() - began

    took()
    clean = min(took() for _ in range(5))
    control.add("server", "latency", "downstream", {"latency": 300})
    assert took() >= 0.3
    control.ask("POST", "/reset")
    assert min(took() for _ in range(5)) < 0.1 + clean
    # The same connection all along.
    assert [one["number"] for one in control.connections("server")] == [1]


def test_a_cache_that_hangs_times_out_and_one_that_is_down_refuses(control: Control, cache: redis.Redis) -> None:
    assert cache.ping()
    control.add("server", "hang", "upstream", {})
    cache.connection_pool.connection_kwargs["socket_timeout"] = 0.2
    cache.connection_pool.reset()
    with pytest.raises(redis.TimeoutError):
        cache.ping()
    control.ask("POST", "/proxies/server", {"enabled": False})
    with pytest.raises(redis.ConnectionError):
        cache.ping()
    control.ask("POST", "/reset")
    assert cache.ping()


def test_a_database_works_through_it_and_a_large_answer_arrives_whole(control: Control, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        query = "SELECT string_agg(md5(i::text), '' ORDER BY i) FROM generate_series(1, 100000) AS i"
        [whole] = connection.execute(query).fetchone() or [""]
        assert len(whole) == 3_200_000
        for kind, attributes in (("slicer", {"average_size": 20_000}), ("bandwidth", {"rate": 20_000})):
            control.add("server", kind, "downstream", attributes)
        assert connection.execute(query).fetchone() == (whole,)


@pytest.mark.parametrize(
    ("kind", "attributes"), [("reset_peer", {}), ("limit_data", {"bytes": 1000}), ("timeout", {"timeout": 100})]
)
def test_a_query_whose_connection_ends_is_an_error_and_the_next_connection_serves(
    kind: str, attributes: object, control: Control, database: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        control.add("server", kind, "downstream", attributes)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT repeat('x', 10000)").fetchone()
        assert connection.closed
    with pytest.raises(psycopg.OperationalError):
        # What is closed or reset before the greeting's end is no connection.
        psycopg.connect(database, connect_timeout=5).execute("SELECT repeat('x', 10000)")
    control.ask("POST", "/reset")
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


async def test_a_share_of_a_pool_s_connections_is_slow(control: Control, database: str) -> None:
    connections = [await psycopg.AsyncConnection.connect(database, autocommit=True) for _ in range(12)]
    try:
        control.add("server", "latency", "upstream", {"latency": 400}, toxicity=0.5, seed=3)
        slow = [one["toxics"] != [] for one in control.connections("server")]

        async def took(connection: psycopg.AsyncConnection) -> float:
            began = perf_counter()
            await connection.execute("SELECT 1")
            return perf_counter() - began

        times = await asyncio.gather(*(took(connection) for connection in connections))
        assert 0 < sum(slow) < len(slow)
        assert [seconds >= 0.4 for seconds in times] == slow
    finally:
        for connection in connections:
            await connection.close()

"""What the fault proxy takes while it does nothing: beside direct connections to the same server, in turns."""

import multiprocessing
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from statistics import median
from time import monotonic, perf_counter, sleep

import httpx

from benchmarks.result import Result
from harness.lifeline import die_with_parent
from harness.stacks.embedded.ports import free_ports

TRIPS, ROUNDS = 2_000, 5
MEGABYTE, MEGABYTES, TURNS = b"x" * 1_000_000, 500, 3
INJECTIONS = 20
PATIENCE_S = 20.0


def measure() -> Iterator[Result]:
    with proxied(echo) as (server, proxy, control):
        direct, through = columns([trips_us(server, proxy) for _ in range(ROUNDS)])
        said = f"{through - direct:.0f} µs ({direct:.0f} direct, {through:.0f} through it)"
        yield Result("a round trip through it less a direct one (median)", said, through - direct, must=150)
        felt = [felt_ms(proxy, control) for _ in range(INJECTIONS)]
        said = f"{median(felt):.1f} ms (at most {max(felt):.1f})"
        yield Result("from asking for a reset to its being felt on an open connection", said, median(felt))
    with proxied(swallow) as (server, proxy, _):
        direct, through = columns([(rate(server), rate(proxy)) for _ in range(TURNS)])
        said = f"{through:.0f} MB/s ({direct:.0f} direct)"
        yield Result("bytes through one connection", said, through, must=300, at_least=True)


def columns(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return median(first for first, _ in pairs), median(second for _, second in pairs)


def trips_us(server: int, proxy: int) -> tuple[float, float]:
    """Median round trips of 100 bytes, direct and through the proxy, one after the other."""
    with connected(server) as direct, connected(proxy) as through:
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(TRIPS):
            for connection, taken in zip((direct, through), times, strict=True):
                began = perf_counter()
                connection.sendall(MEGABYTE[:100])
                connection.recv(1000)
                taken.append((perf_counter() - began) * 1e6)
    return median(times[0]), median(times[1])


def rate(port: int) -> float:
    """MB/s, up to the server's word that it has them all."""
    with connected(port) as connection:
        began = perf_counter()
        for _ in range(MEGABYTES):
            connection.sendall(MEGABYTE)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
        return MEGABYTES / (perf_counter() - began)


def felt_ms(proxy: int, control: httpx.Client) -> float:
    with connected(proxy) as connection:
        connection.sendall(b"x")
        connection.recv(1)
        began = perf_counter()
        control.post("/proxies/idle/toxics", json={"type": "reset_peer"}).raise_for_status()
        select.select([connection], [], [], PATIENCE_S)
        took = perf_counter() - began
        control.post("/reset").raise_for_status()
        return took * 1000


# -- both ends ------------------------------------------------------------------------------------------------


def echo(one: socket.socket) -> None:
    while data := one.recv(65_536):
        one.sendall(data)


def swallow(one: socket.socket) -> None:
    buffer = bytearray(1_000_000)
    while one.recv_into(buffer):
        pass
    one.sendall(b"!")


def serve(listener: socket.socket, do: Callable[[socket.socket], None]) -> None:
    def answer(one: socket.socket) -> None:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Some are reset on purpose.
        with one, suppress(ConnectionResetError):
            do(one)

    while True:
        one, _ = listener.accept()
        threading.Thread(target=answer, args=[one], daemon=True).start()


@contextmanager
def proxied(do: Callable[[socket.socket], None]) -> Iterator[tuple[int, int, httpx.Client]]:
    """The ports of a server and of an idle proxy before it, both in processes of their own; the proxy's control."""
    control_port, proxy = free_ports(2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = multiprocessing.get_context("fork").Process(target=serve, args=[listener, do], daemon=True)
        server.start()
    process = subprocess.Popen(
        [sys.executable, "-m", "chaos.proxy"],
        env=os.environ | {"PORT": str(control_port)},
        preexec_fn=die_with_parent(),  # noqa: PLW1509
    )
    try:
        connected(control_port).close()
        with httpx.Client(base_url=f"http://127.0.0.1:{control_port}") as control:
            body = {"name": "idle", "listen": f"127.0.0.1:{proxy}", "upstream": f"127.0.0.1:{port}"}
            control.post("/proxies", json=body).raise_for_status()
            yield port, proxy, control
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
        server.terminate()
        server.join(PATIENCE_S)


def connected(port: int) -> socket.socket:
    deadline = monotonic() + PATIENCE_S
    while True:
        try:
            one = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        except ConnectionRefusedError:
            if monotonic() > deadline:
                raise
            sleep(0.02)  # it starts
            continue
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return one

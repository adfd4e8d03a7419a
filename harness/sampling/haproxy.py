"""HAProxy's own view of its servers, over its runtime socket."""

import asyncio
import csv
from pathlib import Path

from harness.clock import now
from harness.run import Sample
from harness.sampling.base import Reading, State

PATIENCE_S = 1.0

# What HAProxy counts, by its own name, and what the recording calls it.
COUNTED = {
    "scur": "sessions",
    "qcur": "queued",
    "econ": "connect_errors",
    "wretr": "retries",
    "wredis": "redispatches",
}


class HaproxyMeter:
    """`up` is 1 for a server that gets traffic; a change of its state becomes an event."""

    role = "lb"
    subject = "lb"
    interval_s = 0.1

    def __init__(self, socket: Path, backend: str) -> None:
        self._socket = socket
        self._backend = backend

    async def read(self) -> Reading:
        text = await ask(self._socket, "show stat")
        t = now()
        samples: list[Sample] = []
        states: list[State] = []
        for row in csv.DictReader(text.removeprefix("# ").splitlines()):
            if row["pxname"] != self._backend or row["svname"] == "BACKEND":
                continue
            name = row["svname"]
            # "DOWN 1/2" is a server on its way up: it gets no traffic yet. "UP 1/2" still does.
            state = row["status"].split()[0]
            states.append(State(self.role, "app", name, state))
            # "no check" is a server that is never asked: HAProxy sends to it whatever happens.
            samples.append(Sample(t, self.role, name, "up", float(state in ("UP", "no"))))
            samples += [Sample(t, self.role, name, metric, float(row[key] or 0)) for key, metric in COUNTED.items()]
        return Reading(samples, states)

    async def close(self) -> None:
        """Each question has its own connection: nothing to close."""


async def ask(socket: Path, command: str) -> str:
    """One command on the runtime socket. Raises OSError (of which TimeoutError is one) when nobody answers."""
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_unix_connection(socket)
        try:
            writer.write(command.encode() + b"\n")
            await writer.drain()
            return (await reader.read()).decode()
        finally:
            writer.close()


async def servers_with_traffic(socket: Path, backend: str) -> set[str]:
    """The servers that the balancer sends to; none when it does not answer."""
    try:
        rows = [row.split() for row in (await ask(socket, f"show servers state {backend}")).splitlines()]
    except OSError:
        return set()
    # Columns by HAProxy's management guide: 4 is the name, 6 the operational state, where 2 is "running".
    return {row[3] for row in rows if len(row) > 6 and row[5] == "2"}


async def answers(socket: Path) -> bool:
    try:
        return "HAProxy" in await ask(socket, "show info")
    except OSError:
        return False

"""Companions: processes beside a stack, that watch it or take from it what it needs, and end when it does."""

from pathlib import Path

from harness.clock import now
from harness.run import EventLog, ServerExited
from harness.stacks.embedded.children import PYTHON, Child, ChildSpec

ROLE = "companion"


class Companions:
    """They carry the stack's mark, so that a dead harness's are found and killed as its servers are."""

    def __init__(self, stack_id: str, logs: Path, events: EventLog) -> None:
        self._stack_id = stack_id
        self._logs = logs
        self._events = events
        self._children: dict[str, Child] = {}

    def begin(self, name: str, module: str, environment: dict[str, str]) -> Child:
        """`python -m module`. Nothing when one of this name runs."""
        return self.run(name, (PYTHON, "-m", module), environment)

    def run(self, name: str, argv: tuple[str, ...], environment: dict[str, str]) -> Child:
        """Any other program. Nothing when one of this name runs."""
        if not self.runs(name):
            spec = ChildSpec(name=name, role=ROLE, argv=argv, environment=environment)
            self._children[name] = Child(spec, self._stack_id, self._logs / f"{name}.log", self._exited)
            self._children[name].start()
        return self._children[name]

    async def end(self, name: str) -> None:
        """Returns when it is dead, if it ran."""
        if name in self._children:
            await self._children[name].kill()

    def runs(self, name: str) -> bool:
        return name in self._children and self._children[name].alive

    def pids(self) -> dict[str, int | None]:
        """The process of each that runs, by its name."""
        return {name: child.pid for name, child in self._children.items() if child.alive}

    async def end_all(self) -> None:
        for name in self._children:
            await self.end(name)

    def _exited(self, child: Child, status: str, expected: bool) -> None:
        if not expected:
            event = ServerExited(t=now(), role=ROLE, subject=child.spec.name, status=status, expected=False)
            self._events.add(event)

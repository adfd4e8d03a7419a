"""`python -m target [FACTORY]`: one process that serves the application until it is told to stop.

FACTORY is "module:callable" (default target.app:create_app). It is called with the Settings and returns an
ASGI application. SIGTERM drains: readiness turns 503, answers carry `Connection: close`, DRAIN_SECONDS pass
for the load balancer to notice, then the process stops listening, finishes what it has begun, and exits 0.
SIGINT does the same without the wait; a second SIGINT does not finish what was begun.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from target.lifecycle import Lifecycle
from target.observability.logs import configure_logging, log
from target.protocol import protocol_for
from target.settings import Settings, SettingsError

DEFAULT_FACTORY = "target.app:create_app"
_WRONG_USAGE = 2
# Enough that a burst of connections waits in the kernel and is not refused.
_BACKLOG = 2048
# Longer than balancers keep idle connections (nginx: 60 s): the side that sends must be the one that closes,
# or a request meets a connection that is just going away.
_KEEP_ALIVE_SECONDS = 75
_FINISH_SECONDS = 10
_COLLECT_AFTER = (10_000, 20, 20)

Factory = Callable[[Settings], ASGIApp]


class StartError(Exception):
    """Why the process cannot start, in one line."""


class Server(uvicorn.Server):
    """uvicorn's server with a drain between the signal and the end."""

    def __init__(self, config: uvicorn.Config, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain_seconds = drain_seconds
        self._drained_at: float | None = None
        self._drain_untold = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal does. uvicorn would also raise it again at the end, and so not exit with 0."""
        again = self._drained_at is not None
        self._begin_drain()
        if sig == signal.SIGINT:
            self.force_exit = self.should_exit
            self.should_exit = True
        elif not again:
            # A signal may come in the middle of writing a log line, where another must not begin.
            self._drain_untold = True

    async def on_tick(self, counter: int) -> bool:
        """Asked ten times a second whether to stop."""
        if self._drain_untold:
            self._drain_untold = False
            log.info("draining", seconds=self._drain_seconds)
        if self._drained_at is not None and time.monotonic() >= self._drained_at:
            self.should_exit = True
        return await super().on_tick(counter)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self._drained_at is not None:
            # The signal came before there was a lifecycle to tell.
            self._tell_application()
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            log.info("listening", host=host, port=port)
        # What is there now stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        # What a request leaves goes by reference counts; cycles are rare, and may wait for a few dozen requests more.
        gc.set_threshold(*_COLLECT_AFTER)
        gc.enable()

    def _begin_drain(self) -> None:
        if self._drained_at is None:
            self._drained_at = time.monotonic() + self._drain_seconds
            self._tell_application()

    def _tell_application(self) -> None:
        # The application's lifespan left it in the state that both share. One that did not has no readiness
        # to turn, and just gets its time to drain.
        lifespan = getattr(self, "lifespan", None)
        lifecycle = lifespan.state.get("lifecycle") if lifespan is not None else None
        if isinstance(lifecycle, Lifecycle):
            lifecycle.draining = True


def serve(app: ASGIApp, settings: Settings) -> None:
    """Run until told to stop."""
    listener = _bind(settings.host, settings.port)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol_for(settings.instance_name),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Who is believed about the client's address is a setting of ours: see security/proxies.py.
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    Server(config, settings.drain_seconds).run(sockets=[listener])
    log.info("stopped")


def load_factory(name: str) -> Factory:
    """The callable that "module:callable" names."""
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise StartError(f'FACTORY {name!r} is not of the form "module:callable", such as {DEFAULT_FACTORY}')
    try:
        factory = getattr(importlib.import_module(module_name), attribute, None)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise StartError(f"there is no module {error.name!r}: FACTORY {name!r} cannot be imported") from None
    if not callable(factory):
        raise StartError(f"module {module_name!r} has no callable {attribute!r}")
    return cast(Factory, factory)


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, proto)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        reason = error.strerror or str(error)
        raise StartError(f"cannot listen on HOST {host} PORT {port}: {reason}; choose another") from None
    return listener


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 0: stopped as asked; 2: wrong usage or settings; 3: the lifespan failed."""
    parser = argparse.ArgumentParser(
        prog="python -m target",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("factory", nargs="?", default=DEFAULT_FACTORY, metavar="FACTORY")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment()
        configure_logging(settings.log_level, settings.instance_name, secrets=settings.secrets())
        serve(load_factory(options.factory)(settings), settings)
    except (SettingsError, StartError) as error:
        print(f"target: cannot start: {error}", file=sys.stderr)
        return _WRONG_USAGE
    return 0

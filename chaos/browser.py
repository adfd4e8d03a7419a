"""A real Chromium without a window, spoken to by its DevTools protocol over two pipes: no port, and it ends with us."""

import asyncio
import fcntl
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

from harness.errors import InconclusiveError, NotApplicable

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE_S = 15.0
LINE_AT_MOST = 16 * 1024 * 1024
# It reads commands from its descriptor 3 and answers on 4. (A shell could not: dash knows descriptors up to 9.)
ON_PIPES = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium() -> str:
    """The program; NotApplicable where there is none."""
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    raise NotApplicable(
        "there is no Chromium here to open pages with",
        "install it: apt-get install chromium (Debian, Ubuntu), or Google Chrome",
    )


class Tab:
    """One tab. `ran` is what scripts let on while the last page was open: dialogs, and words on the console."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ran: list[str] = []
        self._reader = reader
        self._writer = writer
        self._session: str | None = None
        self._number = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self._listening = asyncio.create_task(self._listen())

    async def begin(self) -> Self:
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime"):
            await self.call(f"{domain}.enable")
        return self

    async def obey_policy(self, obey: bool) -> None:
        """Whether pages' Content-Security-Policy counts, or is as if it were not there."""
        await self.call("Page.setBypassCSP", enabled=not obey)

    async def open(self, url: str) -> None:
        """Go there and wait until all of it is loaded."""
        self.ran.clear()
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), PATIENCE_S)

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, as JSON."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise InconclusiveError(f"the page could not be examined: {answer['exceptionDetails']['text']}")
        return answer["result"].get("value")

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        answered = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        self._writer.write(json.dumps(message).encode() + b"\0")
        answer = await asyncio.wait_for(answered, PATIENCE_S)
        if "error" in answer:
            raise InconclusiveError(f"Chromium refused {method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    async def close(self) -> None:
        self._listening.cancel()
        with suppress(asyncio.CancelledError, asyncio.IncompleteReadError):
            await self._listening
        self._writer.close()

    async def _listen(self) -> None:
        while True:
            message = json.loads((await self._reader.readuntil(b"\0"))[:-1])
            waiting = self._waiting.pop(message.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
            match message.get("method"):
                case "Page.loadEventFired":
                    self._loaded.set()
                case "Page.javascriptDialogOpening":
                    self.ran.append(f"{message['params']['type']}({message['params']['message']!r})")
                    # Until it is answered the page stands still. Nobody waits for what this gives.
                    self._write_unanswered("Page.handleJavaScriptDialog", accept=True)
                case "Runtime.consoleAPICalled":
                    self.ran.append(f"console.{message['params']['type']}")

    def _write_unanswered(self, method: str, **params: Any) -> None:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params, "sessionId": self._session}
        self._writer.write(json.dumps(message).encode() + b"\0")


def _pipe() -> tuple[int, int]:
    """A pipe whose ends are neither 3 nor 4, which are about to be the browser's."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]


@asynccontextmanager
async def a_tab(log: Path, work: Path) -> AsyncIterator[Tab]:
    """A browser of one tab, with a profile below `work` that is thrown away. What it complains of goes to the log."""
    program = chromium()
    loop = asyncio.get_running_loop()
    commands_out, commands_in = _pipe()
    answers_out, answers_in = _pipe()
    with (
        tempfile.TemporaryDirectory(prefix="browser-", dir=work, ignore_cleanup_errors=True) as profile,
        log.open("wb") as complaints,
    ):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", ON_PIPES, str(commands_out), str(answers_in), program),
            *("--headless=new", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run"),
            # Everything it opens is our own; as root, as in most containers, its sandbox does not start.
            *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
            *("--disable-extensions", "--no-proxy-server", "about:blank"),
            pass_fds=(commands_out, answers_in),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=complaints,
        )
        os.close(commands_out)
        os.close(answers_in)
        reader = asyncio.StreamReader(limit=LINE_AT_MOST)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(answers_out, "rb"))
        transport, protocol = await loop.connect_write_pipe(
            asyncio.streams.FlowControlMixin, os.fdopen(commands_in, "wb")
        )
        tab = Tab(reader, asyncio.StreamWriter(transport, protocol, None, loop))
        try:
            yield await tab.begin()
        finally:
            await tab.close()
            with suppress(TimeoutError, ProcessLookupError):
                # It ends by itself when its pipe closes.
                await asyncio.wait_for(process.wait(), 2.0)
            if process.returncode is None:
                process.kill()
                await process.wait()

"""Prober: what a probe may do with a running stack, and how it says what it saw."""

import ssl
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx
import psycopg

from harness.announcing import AnnouncingTransport
from harness.clock import now
from harness.errors import HarnessError, InconclusiveError, NotApplicable
from harness.run import Observation, ObservationLog
from harness.run.observations import Value
from harness.stack import Inspectable, Stack

PASSWORD = "correct horse battery staple"
ANSWER_S = 10.0


class Account(NamedTuple):
    """Somebody who is registered and logged in. `answer` is what the login gave, whole."""

    id: int
    email: str
    password: str
    token: str
    answer: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class Prober:
    """An async context, open while a probe asks. `http` goes through the balancer, as clients do; a time-out or a
    refused connection there raises httpx.HTTPError, which ends the probe: inconclusive, unless the probe expects it.
    """

    http: httpx.AsyncClient

    def __init__(
        self,
        stack: Stack,
        folder: Path,
        log: ObservationLog,
        say: Callable[[str], None],
    ) -> None:
        self.stack = stack
        self.folder = folder
        self.say = say
        self._log = log
        self._open = AsyncExitStack()
        self._given_up = False
        self.has_seen = False

    async def __aenter__(self) -> Self:
        self.http = await self._open.enter_async_context(self.client())
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._open.aclose()

    # -- what it saw ----------------------------------------------------------------------------------------

    def saw(self, of: str, case: str, value: Value | bool | None, unit: str = "", detail: str = "") -> None:
        """Records one observation; checks name it by `of`. A yes or no is recorded as 1 or 0."""
        if self._given_up:
            raise InconclusiveError("given up before everything was asked")
        self.has_seen = True
        figure = int(value) if isinstance(value, bool) else value
        self._log.add(Observation(t=now(), of=of, case=case, value=figure, unit=unit, detail=detail))

    def give_up(self) -> None:
        """Who still asks, in a thread that cannot be cancelled, ends with the next thing that it saw."""
        self._given_up = True

    # -- asking over HTTP -----------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The balancer's address."""
        return self.stack.url

    def client(self, address: str | None = None, base_url: str | None = None, **options: Any) -> httpx.AsyncClient:
        """Another client: of its own connections, coming from a loopback `address` of its own when one is given."""
        inside = self.stack if isinstance(self.stack, Inspectable) else None
        ca_file = inside.ca_file if inside is not None else None
        # The machine's own certificates take 20 ms to load, and nobody needs them for plain HTTP.
        encrypted = (base_url or self.url).startswith("https:")
        verify = ssl.create_default_context(cafile=ca_file) if encrypted else False
        door = inside.announcing_url if inside is not None and address and base_url is None else None
        transport = (
            AnnouncingTransport(address, verify)
            if address and door
            else httpx.AsyncHTTPTransport(verify=verify, local_address=address, http1=True)
        )
        return httpx.AsyncClient(
            base_url=door or base_url or self.url, transport=transport, timeout=ANSWER_S, trust_env=False, **options
        )

    async def register(self, role: str = "user", name: str = "Ada", password: str = PASSWORD) -> Account:
        """A new account, logged in. Another role than "user" is given by SQL, as a team's first admin gets it."""
        email = f"{name.lower()}-{uuid.uuid4().hex}@probe.test"
        made = await self.http.post("/auth/register", json={"email": email, "password": password, "name": name})
        if made.status_code != httpx.codes.CREATED:
            raise InconclusiveError(f"nobody could register: {made.status_code} {made.text[:200]}")
        if role != "user":
            await self.sql("update users set role = %s where email = %s", role, email)
        return await self.log_in(email, password)

    async def log_in(self, email: str, password: str = PASSWORD) -> Account:
        answer = await self.http.post("/auth/login", json={"email": email, "password": password})
        if answer.status_code != httpx.codes.OK:
            raise InconclusiveError(f"{email} could not log in: {answer.status_code} {answer.text[:200]}")
        session = answer.json()
        return Account(session["user"]["id"], email, password, session["access_token"], session)

    # -- looking inside: only where the stack is the harness's own ------------------------------------------

    @property
    def inside(self) -> Inspectable:
        """The stack, where its insides may be looked at. NotApplicable elsewhere."""
        if not isinstance(self.stack, Inspectable):
            raise NotApplicable(
                f"this probe looks inside the stack, and the one at {self.stack.url} is only known by its URL",
                "run it with --stack embedded or --stack compose",
            )
        return self.stack

    def instance_url(self, member: str) -> str:
        """Past the balancer, to one instance: "app-2"."""
        host, port = self.inside.address(member)
        return f"http://{host}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the instances were started with."""
        return self.inside.app_environment

    async def sql(self, query: str, *params: object) -> list[tuple[Any, ...]]:
        """Runs a statement as the database's superuser, past the pool; the rows, none where it returns none."""
        async with self.database() as connection:
            cursor = await connection.execute(query.encode(), params or None)
            return await cursor.fetchall() if cursor.description else []

    @asynccontextmanager
    async def database(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """A connection of one's own, for several statements."""
        url = self.inside.database_url
        if url is None:
            raise NotApplicable("this stack does not let the harness into its database")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=5) as connection:
            yield connection

    def logs(self, members: Sequence[str] | None = None) -> str:
        """Everything that the stack's processes have logged so far, or that some of them have."""
        if isinstance(self.stack, Inspectable):
            self.stack.logs_are_written()
        files = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(file.read_text(errors="replace") for file in files if members is None or file.stem in members)

    @property
    def work(self) -> Path:
        """For what nobody needs afterwards: a folder that goes with the stack, however the harness ends."""
        work = getattr(self.stack, "work", None)
        # A stack that is only a URL has none.
        return work if isinstance(work, Path) else Path(tempfile.gettempdir())

    @property
    def files(self) -> Path:
        """A copy of the project's files, for probes that need no stack."""
        folder = getattr(self.stack, "folder", None)
        if not isinstance(folder, Path):
            raise HarnessError("this probe reads the project's files", "make it with needs_stack=False")
        return folder

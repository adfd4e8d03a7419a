"""A stack with TLS, the whole of it: the target in production, over encrypted hops only."""

import ssl
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest
import pytest_asyncio

from harness.run import EventLog
from harness.settings import ServerPaths
from harness.stack import Encrypted, Harmable, Role
from harness.stacks.embedded import app, pgbouncer
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.plan import StackPlan, Tls

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedStack]:
    folder = tmp_path_factory.mktemp("tls")
    events = EventLog(folder)
    plan = StackPlan(instances=1, tls=Tls(), environment="production")
    async with EmbeddedStack(plan, ServerPaths(), folder, events, lambda _: None) as started:
        yield started
    events.close()


def trusting(stack: EmbeddedStack) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(stack.ca_file))


async def test_clients_who_trust_its_authority_are_served_by_a_target_in_production(stack: EmbeddedStack) -> None:
    assert isinstance(stack, Encrypted)
    assert stack.url.startswith("https://")
    async with httpx.AsyncClient(verify=trusting(stack), base_url=stack.url, trust_env=False) as client:
        ready = (await client.get("/health/ready")).json()
        assert ready["checks"] == {"database": "ok", "cache": "ok"}
        assert (await client.get("/health")).json()["environment"] == "production"
    assert any("TLS ends at" in note for note in stack.facts.notes)


async def test_nobody_else_is_served(stack: EmbeddedStack) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(f"{stack.url}/health")


async def test_the_instances_hops_are_encrypted_and_checked(stack: EmbeddedStack) -> None:
    database = stack.app_environment["DATABASE_URL"]
    assert "sslmode=verify-full" in database
    assert stack.app_environment["REDIS_URL"].startswith("rediss://")
    plain = database.partition("?")[0] + "?sslmode=disable"
    with pytest.raises(psycopg.OperationalError, match="SSL required"):
        await psycopg.AsyncConnection.connect(plain)
    assert await pgbouncer.answers(stack._site)
    assert app.redis_url(stack._site) == stack.app_environment["REDIS_URL"]


@pytest.mark.parametrize("role", [Role.UPSTREAM, Role.SINKS])
async def test_what_stands_beside_the_target_can_be_killed_and_started_again(stack: EmbeddedStack, role: Role) -> None:
    assert isinstance(stack, Harmable)
    [member] = stack.members(role)
    assert stack.facts.members[role.value] == (member,)
    assert await stack.serves(member)
    await stack.kill(member)
    assert not await stack.accepts(member)
    assert not await stack.serves(member)
    await stack.start(member)
    assert await stack.serves(member)

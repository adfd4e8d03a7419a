"""What a monitor reads of a certificate, and whether a client that checks it would go on."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chaos.certificates import refusal, shown_by
from harness.stacks.authority import Authority

HOST = "127.0.0.1"


@asynccontextmanager
async def serving(folder: Path, days: float, authority: Authority) -> AsyncIterator[int]:
    """The port of a server that shows a certificate, and says nothing else."""
    pem = folder / "server.pem"
    pem.write_bytes(authority.issue(days, HOST).together)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, 0, ssl=context)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


@pytest.mark.parametrize(("days", "why"), [(30.0, None), (-2.0, "certificate has expired")])
async def test_an_expired_certificate_is_read_all_the_same_and_refused(
    days: float, why: str | None, tmp_path: Path
) -> None:
    authority = Authority()
    ca_file = tmp_path / "ca.pem"
    authority.write(ca_file)
    async with serving(tmp_path, days, authority) as port:
        shown = await asyncio.to_thread(shown_by, HOST, port)
        assert shown is not None
        assert shown.days_left == pytest.approx(days, abs=0.01)
        assert await asyncio.to_thread(refusal, HOST, port, str(ca_file)) == why


async def test_another_authority_s_certificate_is_refused(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    Authority().write(ca_file)
    async with serving(tmp_path, 30, Authority()) as port:
        why = await asyncio.to_thread(refusal, HOST, port, str(ca_file))
        assert why is not None
        assert "unable to get local issuer" in why or "self-signed" in why


async def test_who_does_not_speak_tls_shows_none(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    Authority().write(ca_file)
    server = await asyncio.start_server(lambda _, writer: writer.close(), HOST, 0)
    async with server:
        port = int(server.sockets[0].getsockname()[1])
        assert await asyncio.to_thread(shown_by, HOST, port) is None
        why = await asyncio.to_thread(refusal, HOST, port, str(ca_file))
    assert why is not None
    assert why.startswith("no connection")
    assert await asyncio.to_thread(shown_by, HOST, port) is None

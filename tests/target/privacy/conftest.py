"""An application with uploads, and two people with something of everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import psycopg
import pytest
import pytest_asyncio

from target.app import create_app
from target.services import Services
from target.settings import Settings
from tests.target.conftest import serving

KEY = bytes(range(32))
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"pixels"
PASSWORD = "engine-no-1"


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in."""

    id: int
    name: str
    headers: dict[str, str]


@dataclass(frozen=True)
class World:
    """A running application, from outside and from inside."""

    client: httpx.AsyncClient
    parts: Services
    settings: Settings

    async def join(self, name: str) -> Person:
        body = {"email": f"{name}@canary.test", "password": PASSWORD, "name": f"{name}-canary"}
        session = (await self.client.post("/auth/register", json=body)).json()
        return Person(session["user"]["id"], name, {"Authorization": f"Bearer {session['access_token']}"})

    async def ask(self, who: Person, method: str, path: str, json: object = None) -> httpx.Response:
        answer = await self.client.request(method, path, json=json, headers=who.headers)
        assert answer.is_success, answer.text
        return answer

    async def upload(self, who: Person, content: bytes = PNG, **form: str) -> httpx.Response:
        file = (f"{who.name}-canary.png", content, "image/png")
        return await self.client.post("/uploads", files={"file": file}, data=form, headers=who.headers)

    async def fill(self, who: Person, other: Person) -> None:
        """Something of `who` in every table."""
        canary = f"{who.name}-canary"
        await self.ask(who, "PATCH", "/users/me", {"bio": f"{canary} bio"})
        post = (await self.ask(who, "POST", "/posts", {"body": f"{canary} post"})).json()["id"]
        await self.ask(other, "POST", f"/posts/{post}/comments", {"body": f"{other.name}-canary comment"})
        await self.ask(other, "PUT", f"/posts/{post}/like")
        await self.ask(who, "PUT", f"/users/{other.id}/follow")
        talk = (await self.ask(who, "POST", "/conversations", {"participant_ids": [other.id]})).json()["id"]
        await self.ask(who, "POST", f"/conversations/{talk}/messages", {"body": f"{canary} message"})
        await self.ask(who, "PATCH", "/users/me/preferences", {"theme": "dark"})
        await self.ask(who, "POST", "/privacy/consents", {"purpose": "terms", "version": "2026-01", "granted": True})
        assert (await self.upload(who, PNG + canary.encode())).status_code == 201
        await self.ask(who, "GET", "/feed")

    def sql(self, query: str, *params: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.settings.database.conninfo, autocommit=True) as conn:
            cursor = conn.execute(query.encode(), params or None)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def with_uploads(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, upload_dir=tmp_path / "uploads", upload_key=KEY)


@pytest_asyncio.fixture
async def world(with_uploads: Settings) -> AsyncIterator[World]:
    app = create_app(with_uploads)
    async with serving(app) as client:
        yield World(client, app.state.services, with_uploads)

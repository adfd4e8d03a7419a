"""Several people who talk to one application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Somebody:
    """An account, with its way of asking."""

    client: httpx.AsyncClient
    id: int
    headers: dict[str, str]

    async def ask(self, method: str, path: str, status: int = 200, **request: Any) -> Any:
        """The answer's JSON, after a look at its status."""
        answer = await self.client.request(method, path, headers=self.headers, **request)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def walk(self, path: str, **params: Any) -> list[Any]:
        """All items of a list, page by page."""
        items: list[Any] = []
        while True:
            page = await self.ask("GET", path, params=params)
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            params["cursor"] = page["next_cursor"]


async def join(client: httpx.AsyncClient, name: str) -> Somebody:
    """A new account."""
    email = f"{name.lower()}@example.org"
    answer = await client.post("/auth/register", json={"email": email, "password": "engine-no-1", "name": name})
    session = answer.json()
    return Somebody(client, session["user"]["id"], {"Authorization": f"Bearer {session['access_token']}"})

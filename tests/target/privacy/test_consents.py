"""Consent: recorded with time and version, withdrawn as easily, and never rewritten."""

from __future__ import annotations

import pytest

from target.privacy.policies import NAMES
from tests.target.privacy.conftest import World

pytestmark = pytest.mark.asyncio


async def test_a_consent_has_its_time_and_its_version_and_can_be_withdrawn(world: World) -> None:
    ada = await world.join("ada")
    body = {"purpose": "newsletter", "version": "2026-01", "granted": True}
    given = (await world.ask(ada, "POST", "/privacy/consents", body)).json()
    assert given == {**body, "created_at": given["created_at"]}
    for _ in range(2):
        assert (await world.ask(ada, "DELETE", "/privacy/consents/newsletter")).status_code == 204
    consents = (await world.ask(ada, "GET", "/privacy/consents")).json()
    assert [row["granted"] for row in consents["history"]] == [True, False]
    assert [(row["purpose"], row["granted"]) for row in consents["current"]] == [("newsletter", False)]
    assert consents["history"][0] == given
    assert consents["history"][1]["created_at"] > given["created_at"]


async def test_nobody_agrees_to_a_text_that_is_not_served(world: World) -> None:
    ada = await world.join("ada")
    for change in ({"version": "1999-01"}, {"purpose": "espionage"}, {"version": ""}, {"granted": "yes"}, {"more": 1}):
        body = {"purpose": "terms", "version": "2026-01", "granted": True, **change}
        answer = await world.client.post("/privacy/consents", json=body, headers=ada.headers)
        assert answer.status_code == 422, body
    assert (await world.client.delete("/privacy/consents/espionage", headers=ada.headers)).status_code == 404


async def test_consents_are_each_persons_own(world: World) -> None:
    ada, bob = await world.join("ada"), await world.join("bob")
    await world.ask(ada, "POST", "/privacy/consents", {"purpose": "terms", "version": "2026-01", "granted": True})
    assert (await world.ask(bob, "DELETE", "/privacy/consents/terms")).status_code == 204
    assert (await world.ask(bob, "GET", "/privacy/consents")).json() == {"current": [], "history": []}


@pytest.mark.parametrize("name", NAMES)
async def test_the_texts_are_served_as_pages_on_which_nothing_runs(world: World, name: str) -> None:
    page = await world.client.get(f"/policies/{name}")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Version 2026-01" in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_there_are_no_other_texts(world: World) -> None:
    for name in ("other", "..%2Fprivacy", "privacy.toml", "%00"):
        assert (await world.client.get(f"/policies/{name}")).status_code == 404

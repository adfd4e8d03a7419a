"""The description of the API says what the endpoints do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from target.app import create_app
from target.openapi import document
from target.routing import Endpoint
from target.settings import Settings


@pytest.fixture
def app(settings: Settings) -> Starlette:
    return create_app(replace(settings))


@pytest.fixture
def api(app: Starlette) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(json.dumps(document(app.routes, "1.2.3")))
    return described


async def test_it_is_served_to_everybody(client: httpx.AsyncClient) -> None:
    first, second = await client.get("/openapi.json"), await client.get("/openapi.json")
    assert first.status_code == 200
    assert first.headers["Content-Type"] == "application/json"
    assert first.content == second.content
    assert (first.json()["openapi"], first.json()["info"]["version"]) == ("3.1.0", "1.2.3")


def test_every_endpoint_is_in_it(app: Starlette, api: dict[str, Any]) -> None:
    endpoints = {(route.path, route.method.lower()) for route in app.routes if isinstance(route, Endpoint)}
    assert len(endpoints) > 30
    assert {(path, method) for path, methods in api["paths"].items() for method in methods} == endpoints


def test_every_reference_leads_somewhere(api: dict[str, Any]) -> None:
    text = json.dumps(api)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(api["components"]["schemas"])
    assert r"\\Z" not in text


def test_operations_have_names_of_their_own(api: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in api["paths"].values() for operation in path.values()]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] for path in api["paths"].values() for operation in path.values())


def test_an_operation_says_what_it_takes_and_gives(api: dict[str, Any]) -> None:
    comment = api["paths"]["/posts/{id}/comments"]["post"]
    assert comment["x-roles"] == ["admin", "moderator", "user"]
    assert comment["security"] == [{"bearer": []}]
    assert comment["parameters"][0]["schema"]["minimum"] == 1
    body = comment["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/NewComment"}
    assert api["components"]["schemas"]["NewComment"]["additionalProperties"] is False
    assert {"201", "400", "401", "404", "413", "415", "422", "429", "503"} <= set(comment["responses"])
    assert list(comment["responses"]["404"]["content"]) == ["application/problem+json"]


def test_what_anybody_may_call_needs_no_token(api: dict[str, Any]) -> None:
    register = api["paths"]["/auth/register"]["post"]
    assert register["x-roles"] == []
    assert "security" not in register
    assert "401" not in register["responses"]


def test_parameters_have_their_bounds_and_are_no_null(api: dict[str, Any]) -> None:
    parameters = {each["name"]: each for each in api["paths"]["/search/posts"]["get"]["parameters"]}
    assert parameters["q"]["required"]
    assert parameters["q"]["schema"]["maxLength"] == 200
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100}
    assert parameters["cursor"]["schema"]["type"] == "string"

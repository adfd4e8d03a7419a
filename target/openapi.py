"""GET /openapi.json: what the endpoints say of themselves, as OpenAPI 3.1. `python -m target.openapi` prints it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from target.bodies import json_bytes
from target.errors import Invalid
from target.routing import ANYBODY, MEMBERS, Endpoint
from target.services import services

# JSON Schema is the shape of foreign data: here, and only here, a dictionary is the right type for it.
Document = dict[str, Any]

_REF = "#/components/schemas/{name}"
_WITH_BODY = (400, 408, 413, 415, 422)
_ID = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}


class ProblemDetails(msgspec.Struct, frozen=True):
    """Every error (RFC 9457). `trace_id` finds the log lines; `errors` says which fields are wrong."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    trace_id: str
    errors: list[Invalid] = []


def document(routes: Iterable[BaseRoute], version: str) -> Document:
    """The description of all Endpoints among these routes."""
    endpoints = [route for route in routes if isinstance(route, Endpoint)]
    types = _types(endpoints)
    schemas, components = msgspec.json.schema_components(types, schema_hook=_any_json, ref_template=_REF)
    schema_of = {id(found): _portable(schema) for found, schema in zip(types, schemas, strict=True)}
    paths: dict[str, Document] = {}
    for endpoint in endpoints:
        path = re.sub(r":\w+}", "}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Target", "version": version},
        "paths": paths,
        "components": {
            "schemas": _portable(components),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _any_json(kind: type) -> Document:
    """The schema of what may be anything: an empty one, but for words, since msgspec takes none at all for a no."""
    if kind is object:
        return {"description": "Any JSON."}
    raise NotImplementedError


def _types(endpoints: Iterable[Endpoint]) -> list[Any]:
    found: list[Any] = [ProblemDetails]
    for endpoint in endpoints:
        found += [kind for kind in (endpoint.takes, endpoint.gives) if kind is not None]
        if endpoint.query is not None:
            # Each parameter by itself, since parameters are no object.
            found += [field.type for field in msgspec.structs.fields(endpoint.query)]
    return list({id(kind): kind for kind in found}.values())


def _operation(endpoint: Endpoint, schema_of: Mapping[int, Document]) -> Document:
    doc = (endpoint.handler.__doc__ or "").strip()
    operation: Document = {
        "operationId": f"{endpoint.method.lower()}{re.sub(r'[^a-zA-Z0-9]+', '_', endpoint.path).rstrip('_')}",
        "summary": doc.partition(": ")[2].strip() or doc,
        "tags": [endpoint.path.split("/")[1]],
        "parameters": _parameters(endpoint, schema_of),
        "responses": _responses(endpoint, schema_of),
        "x-roles": sorted(endpoint.roles),
    }
    if endpoint.roles:
        operation["security"] = [{"bearer": []}]
    if endpoint.takes is not None:
        content: Document = {"application/json": {"schema": schema_of[id(endpoint.takes)]}}
        operation["requestBody"] = {"required": True, "content": content}
    elif endpoint.accepts is not None:
        operation["requestBody"] = {"required": True, "content": {endpoint.accepts: {}}}
    return operation


def _parameters(endpoint: Endpoint, schema_of: Mapping[int, Document]) -> list[Document]:
    found: list[Document] = [
        {"name": name, "in": "path", "required": True, "schema": _ID if name == "id" else {"type": "string"}}
        for name in endpoint.param_convertors
    ]
    if endpoint.query is not None:
        found += [
            {
                "name": field.encode_name,
                "in": "query",
                "required": field.required,
                "schema": _without_null(schema_of[id(field.type)]),
            }
            for field in msgspec.structs.fields(endpoint.query)
        ]
    return found


def _responses(endpoint: Endpoint, schema_of: Mapping[int, Document]) -> Document:
    good: Document = {"description": HTTPStatus(endpoint.status).phrase}
    if endpoint.gives is not None:
        good["content"] = {endpoint.media_type: {"schema": schema_of[id(endpoint.gives)]}}
    problem = {"application/problem+json": {"schema": schema_of[id(ProblemDetails)]}}
    bad = {
        str(status): {"description": HTTPStatus(status).phrase, "content": problem} for status in _problems(endpoint)
    }
    return {str(endpoint.status): good, **bad}


def _problems(endpoint: Endpoint) -> list[int]:
    # The server refuses what is no HTTP; any route may lose the database, or not be served under load.
    found = {400, 503, *endpoint.problems}
    if endpoint.roles != ANYBODY:
        found.add(401)
    if not endpoint.roles >= MEMBERS and endpoint.roles:
        found.add(403)
    if endpoint.param_convertors:
        found.add(404)
    if endpoint.query is not None:
        found.add(422)
    if endpoint.takes is not None or endpoint.accepts is not None:
        found.update(_WITH_BODY)
    if endpoint.limit is not None:
        found.add(429)
    return sorted(found)


def _without_null(schema: Document) -> Document:
    """A parameter that is left out is no null: nobody can send one in a URL."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**kinds[0], **rest} if len(kinds) == 1 else schema


def _portable(schema: Any) -> Any:
    r"""Patterns are ECMAScript's in JSON Schema, where Python's `\Z` is `$`."""
    if isinstance(schema, dict):
        return {
            name: value.replace(r"\Z", "$") if name == "pattern" and isinstance(value, str) else _portable(value)
            for name, value in schema.items()
        }
    return [_portable(each) for each in schema] if isinstance(schema, list) else schema


async def openapi(request: Request) -> Response:
    """GET /openapi.json: this description."""
    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = msgspec.json.encode(document(request.app.routes, services(request).settings.app_version))
    return json_bytes(state.openapi)


ROUTES = [Endpoint("GET", "/openapi.json", openapi, roles=ANYBODY, gives=dict[str, Any])]


def main() -> int:
    """Print it, for tools that read a file."""
    from target.app import create_app
    from target.settings import Settings

    settings = Settings.from_environment()
    described = msgspec.json.encode(document(create_app(settings).routes, settings.app_version))
    sys.stdout.buffer.write(msgspec.json.format(described, indent=2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the probes for hostile input send is made from the document that the target serves."""

from typing import Any

import pytest

from chaos.probes import any_input, sql_injection, stored_scripts

FIELDS = {
    "body": {"type": "string", "maxLength": 10, "pattern": "^[^\\x00]*$"},
    "password": {"type": "string"},
    "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/things/{id}": {
            "post": {
                "parameters": [{"name": "id", "in": "path", "required": True}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
            }
        }
    },
    "components": {"schemas": {"Thing": {"properties": FIELDS}}},
}


def test_every_field_is_sent_wrong_in_every_way_that_it_can_be() -> None:
    cases = [case for case, _, _ in any_input.bodies(DOCUMENT, {"$ref": "#/components/schemas/Thing"})]
    assert {"too large", "nested too deep", "not UTF-8", "an unknown field"} < set(cases)
    for name in FIELDS:
        assert {f"{name} an object", f"{name} too long"} < set(cases)
    # What has no pattern may hold anything.
    assert "body with NUL" in cases
    assert "password with NUL" not in cases


def test_every_text_is_a_place_for_sql_but_passwords() -> None:
    found = [(place.where, place.name) for place in sql_injection.places(DOCUMENT)]
    assert found == [("path", "id"), ("body", "body")]


def test_a_row_for_each_text_that_was_taken_is_no_surprise() -> None:
    place = sql_injection.Place("POST", "/posts", "body", "body", {})
    assert sql_injection.surplus(place, {"posts": 3}, 3) == {}
    assert sql_injection.surplus(place, {"posts": 4}, 3) == {"posts": 4}
    assert sql_injection.surplus(place, {"posts": 3, "users": -1}, 3) == {"users": -1}


@pytest.mark.parametrize(("made", "least"), [(sql_injection.payloads(), 250), (stored_scripts.payloads(), 100)])
def test_there_are_not_a_handful_of_attempts(made: Any, least: int) -> None:
    attempts = list(made)
    assert len(attempts) > least
    assert all(attempts)

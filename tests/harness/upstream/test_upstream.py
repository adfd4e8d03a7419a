"""The external service: it answers alike, fails as it is told, and counts what it got."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.upstreams import an_upstream


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with an_upstream() as url:
        yield url


@pytest.fixture
def service(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=5, trust_env=False) as client:
        assert client.put("/control", json={}).status_code == 200
        assert client.delete("/stats").status_code == 204
        yield client


def ask(service: httpx.Client, text: str = "a cat", key: str | None = None) -> httpx.Response:
    return service.post("/v1/caption", json={"text": text}, headers={"Idempotency-Key": key} if key else {})


def test_the_same_question_has_the_same_answer(service: httpx.Client) -> None:
    first, again, other = ask(service).json(), ask(service).json(), ask(service, "a dog").json()
    assert first == again != other
    assert first["id"].startswith("cap_")
    assert service.post("/v1/chat", json={}).json()["message"]["role"] == "assistant"


def test_a_key_is_counted_by_its_tries_and_does_its_work_once(service: httpx.Client) -> None:
    for key in ("one", "one", "two", None):
        ask(service, key=key)
    stats = service.get("/stats").json()
    assert stats["calls"] == {"/v1/caption": 4}
    assert stats["effects"] == {"/v1/caption": 3}
    assert stats["tries"] == {"one": 2, "two": 1}
    assert stats["keyless"] == {"/v1/caption": 1}


def test_a_seed_fixes_which_calls_fail(service: httpx.Client) -> None:
    def play(seed: int) -> list[int]:
        service.put("/control", json={"error_rate": 0.5, "seed": seed})
        return [ask(service).status_code for _ in range(20)]

    first = play(7)
    assert set(first) == {200, 503}
    assert play(7) == first != play(8)
    assert service.get("/control").json()["error_rate"] == 0.5
    assert service.get("/stats").json()["failed"] == {"/v1/caption": [*first, *first, *play(8)].count(503)}


def test_an_answer_can_be_no_json_or_half_of_it_or_none(service: httpx.Client) -> None:
    service.put("/control", json={"error_rate": 1, "error_kind": "garbage"})
    assert "html" in ask(service).text
    service.put("/control", json={"error_rate": 1, "error_kind": "close"})
    with pytest.raises(httpx.RemoteProtocolError):
        ask(service)
    service.put("/control", json={"error_rate": 1, "error_kind": "hang"})
    with pytest.raises(httpx.ReadTimeout):
        service.post("/v1/chat", json={}, timeout=0.1)
    assert service.get("/health").json() == {"status": "ok"}


def test_latency_is_added(service: httpx.Client) -> None:
    service.put("/control", json={"latency_ms": 120})
    # An event loop's timers may be early by their resolution, a millisecond.
    assert ask(service).elapsed.total_seconds() >= 0.119


@pytest.mark.parametrize("control", [{"error_rate": 2}, {"latency_ms": -1}, {"error_kind": "odd"}, {"rate": 1}])
def test_a_control_that_makes_no_sense_changes_nothing(service: httpx.Client, control: dict[str, Any]) -> None:
    assert service.put("/control", json=control).status_code == 422
    well = {"latency_ms": 0, "late_rate": 1, "error_rate": 0, "error_kind": "status", "seed": 0}
    assert service.get("/control").json() == well


def test_of_late_answers_a_share_can_be_had(service: httpx.Client) -> None:
    service.put("/control", json={"latency_ms": 100, "late_rate": 0.5, "seed": 1})
    took = [ask(service, str(number)).elapsed.total_seconds() for number in range(12)]
    assert 0 < sum(seconds > 0.09 for seconds in took) < 12


def test_a_look_meets_what_calls_meet_and_counts_for_nothing(service: httpx.Client) -> None:
    def play(looks: int) -> list[int]:
        service.put("/control", json={"error_rate": 0.5, "seed": 3})
        met = {service.post("/look").status_code for _ in range(looks)}
        assert met == ({200, 503} if looks else set())
        return [ask(service).status_code for _ in range(10)]

    assert play(0) == play(20)
    assert service.get("/totals").json()["calls"] == 20


def test_the_totals_know_tries_from_repetitions(service: httpx.Client) -> None:
    for text, key in (("a", "one"), ("a", "one"), ("a", "one"), ("b", "two"), ("c", None)):
        ask(service, text, key)
    totals = service.get("/totals").json()
    assert {name: totals[name] for name in ("calls", "keyless", "keys", "most_tries", "effects", "repeated")} == {
        "calls": 5,
        "keyless": 1,
        "keys": 2,
        "most_tries": 3,
        "effects": 3,
        "repeated": 0,
    }
    ask(service, "c")
    ask(service, "b", "three")
    ask(service, "a")
    assert service.get("/totals").json()["repeated"] == 3


def test_the_pause_between_two_tries_is_told(service: httpx.Client) -> None:
    assert service.get("/totals").json()["pause_p50_s"] is None
    service.put("/control", json={"latency_ms": 60})
    for _ in range(3):
        ask(service, key="one")
    totals = service.get("/totals").json()
    assert 0.05 < totals["pause_p25_s"] <= totals["pause_p50_s"] <= totals["pause_p75_s"] < 1

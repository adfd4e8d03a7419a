"""Requests that nobody thought of: Schemathesis makes them from the OpenAPI document that the target serves."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

PATIENCE_S = 10.0
# It ends the session that the others need.
LAST = "/auth/logout"


class Answered(NamedTuple):
    """One request that was made up, and what came back. `fits` is whether the document allows its body."""

    operation: str
    fits: bool
    status: int
    documented: bool
    shown: str


def explore(
    url: str, document: dict[str, Any], headers: dict[str, str], seed: int, examples: int
) -> Iterator[Answered]:
    """Up to so many requests to each operation that fit the document, and as many that were made not to.

    The same seed makes the same requests. It blocks, and so is for a thread.
    """
    # Here and not above: it takes some tenths of a second, and one probe needs it.
    import hypothesis
    import requests
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.core.result import Err

    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    operations = []
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        if isinstance(found, Err):
            raise found.err()
        operations.append(found.ok())
    with requests.Session() as session:
        session.trust_env = False
        for operation in sorted(operations, key=lambda one: one.path == LAST):
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                answers: list[Answered] = []
                ask = _asking(url, document, headers, session, answers)
                made_up = hypothesis.given(case=operation.as_strategy(generation_mode=mode))(ask)
                # What takes nothing cannot be asked wrongly.
                with suppress(hypothesis.errors.Unsatisfiable):
                    hypothesis.seed(seed)(settings(made_up))()
                yield from answers


def _asking(
    url: str, document: dict[str, Any], headers: dict[str, str], session: Any, into: list[Answered]
) -> Callable[..., None]:
    def ask(case: Any) -> None:
        answer = case.call(base_url=url, headers=headers, session=session, timeout=PATIENCE_S)
        described = document["paths"][case.path][case.method.lower()]
        shown = f"{case.path_parameters} {case.query} {case.body!r:.120} -> {answer.text:.200}"
        operation = f"{case.method.upper()} {case.path}"
        documented = str(answer.status_code) in described["responses"]
        into.append(Answered(operation, _fits(document, described, case.body), answer.status_code, documented, shown))

    return ask


def _fits(document: dict[str, Any], described: dict[str, Any], body: object) -> bool:
    # Not every request that was made to be wrong is: a mutated header that nobody reads breaks no rule.
    import jsonschema_rs

    content = described.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return True
    schema = {**content["schema"], "components": document["components"]}
    try:
        return bool(jsonschema_rs.is_valid(schema, body))
    except (ValueError, TypeError):
        # It was left out, or is no JSON.
        return False

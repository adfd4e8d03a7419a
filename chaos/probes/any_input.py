"""Whatever is sent: what breaks a rule is refused, in the one shape, and nothing is too odd for an answer."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from chaos.exploring import Answered, explore
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober

SEED = 1
EXAMPLES = 8
JSON = "application/json"
Document = dict[str, Any]


async def ask(prober: Prober) -> None:
    document = (await prober.http.get("/openapi.json")).json()
    # In this order: the explorer ends by logging out.
    await bad_bodies(prober, document, (await prober.register(role="admin")).headers)
    somebody = (await prober.register(role="admin")).headers
    answers = await asyncio.to_thread(lambda: list(explore(prober.url, document, somebody, SEED, EXAMPLES)))
    by_operation: dict[str, list[Answered]] = defaultdict(list)
    for answer in answers:
        by_operation[answer.operation].append(answer)
    for operation, found in by_operation.items():
        tell(prober, "server-errors", operation, [one for one in found if one.status >= 500])
        tell(prober, "undocumented-answers", operation, [one for one in found if not one.documented])
        tell(prober, "invalid-but-accepted", operation, [one for one in found if not one.fits and one.status < 400])
        prober.saw("beyond-the-door", operation, sum(one.status != 401 for one in found), "answers")


def tell(prober: Prober, of: str, operation: str, wrong: list[Answered]) -> None:
    prober.saw(of, operation, len(wrong), "answers", detail=f"{wrong[0].status}: {wrong[0].shown}" if wrong else "")


async def bad_bodies(prober: Prober, document: Document, headers: dict[str, str]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get(JSON)
            if content is None:
                continue
            for case, media_type, body in bodies(document, content["schema"]):
                answer = await prober.http.request(
                    method, re.sub("{.*?}", "1", path), content=body, headers={**headers, "Content-Type": media_type}
                )
                name = f"{method.upper()} {path}: {case}"
                prober.saw("bad-bodies", name, answer.status_code, detail=answer.text[:200])
                prober.saw("server-errors", name, answer.status_code >= 500, detail=answer.text[:200])
                prober.saw("error-shape", name, answer.headers.get("Content-Type", ""))


def bodies(document: Document, schema: Document) -> Iterator[tuple[str, str, bytes]]:
    """What nobody may send: the case, the media type and the body."""
    yield "too large", JSON, b'{"a": "%s"}' % (b"x" * 70_000)
    yield "nested too deep", JSON, b'{"a": ' * 10_000
    yield "not UTF-8", JSON, b'{"a": "\xff\xfe"}'
    yield "not JSON", JSON, b"{"
    yield "nothing", JSON, b""
    yield "another type", "text/plain", b"{}"
    yield "a list", JSON, b"[]"
    fields = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
    good = {name: example(kind) for name, kind in fields.items()}
    yield "an unknown field", JSON, json.dumps({**good, "role_of_the_moment": "admin"}).encode()
    for name, kind in fields.items():
        yield f"{name} an object", JSON, json.dumps({**good, name: {"$ne": 1}}).encode()
        yield f"{name} too long", JSON, json.dumps({**good, name: "x" * 60_000}).encode()
        # Passwords have no pattern: they are hashed and never stored, and may hold anything.
        if "pattern" in kind:
            yield f"{name} with NUL", JSON, json.dumps({**good, name: "a\0b"}).encode()


def example(kind: Document) -> object:
    """A value of a field; the simple kinds will do."""
    options = [option for option in kind.get("anyOf", [kind]) if option.get("type") != "null"]
    kind = options[0]
    if "enum" in kind:
        return kind["enum"][0]
    pattern = kind.get("pattern", "")
    text = "probe@probe.test" if "@" in pattern else "en" if "a-z" in pattern else "correct horse"
    return {"string": text, "integer": 1, "boolean": True, "array": [1]}.get(kind.get("type", ""), {})


PROBE = probe(
    title="Every input is validated",
    ask=ask,
    expect=(
        Observed(of="server-errors", equals=0, cases=40),
        Observed(of="undocumented-answers", equals=0, cases=40),
        Observed(of="invalid-but-accepted", equals=0, cases=40),
        Observed(of="beyond-the-door", at_least=1, cases=40),
        Observed(of="bad-bodies", among=(400, 413, 415, 422), cases=150),
        Observed(of="error-shape", equals="application/problem+json", cases=150),
    ),
    claims=("SEC-VALID",),
)

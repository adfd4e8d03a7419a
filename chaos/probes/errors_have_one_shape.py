"""Every refusal and every crash is told in the same words, finds its log line, and tells nothing of the inside."""

import httpx
import msgspec

from chaos.crashing import SECRET, with_crashes
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Account, Prober
from harness.stack import Role
from harness.stacks.plan import StackPlan

FIELDS = {"type": str, "title": str, "status": int, "detail": str, "instance": str, "trace_id": str}
INSIDES = (SECRET, "Traceback", 'File "', "site-packages", ".py", "psycopg", "select ")
LIMIT = 100


def limited(plan: StackPlan) -> StackPlan:
    return msgspec.structs.replace(with_crashes(plan), rate_limit=f"{LIMIT}/minute")


def _shape(answer: httpx.Response) -> str:
    """What is not as RFC 9457 and the service's own promise say; empty when all is."""
    if answer.headers.get("content-type") != "application/problem+json":
        return f"content-type {answer.headers.get('content-type')}"
    try:
        body = answer.json()
    except ValueError:
        return "no JSON"
    wrong = [name for name, kind in FIELDS.items() if not isinstance(body.get(name), kind)]
    if wrong:
        return f"without {', '.join(wrong)}"
    if body["status"] != answer.status_code:
        return f"status {body['status']}"
    if len(body["trace_id"]) != 32 or body["trace_id"] != answer.headers.get("x-trace-id"):
        return "another trace id than X-Trace-Id"
    return "as promised"


def cases(ada: Account) -> list[tuple[int, str, str, dict[str, str], bytes]]:
    """The status that is due, and what to ask for it."""
    me, json = ada.headers, ada.headers | {"Content-Type": "application/json"}
    return [
        (400, "POST", "/posts", json, b"{not json"),
        (400, "POST", "/posts", json, b'{"body": "\xff"}'),
        (401, "GET", "/feed", {}, b""),
        (401, "GET", "/feed", {"Authorization": "Bearer x.y.z"}, b""),
        (403, "GET", "/admin/users", me, b""),
        (404, "GET", "/nowhere", me, b""),
        (404, "GET", "/posts/999999999", me, b""),
        (405, "DELETE", "/feed", me, b""),
        (413, "POST", "/posts", json, b'"' + b"x" * 70_000 + b'"'),
        (415, "POST", "/posts", me | {"Content-Type": "text/plain"}, b"hello"),
        (422, "POST", "/posts", json, b'{"body": 7}'),
        (422, "GET", "/feed?limit=-1", me, b""),
        (500, "GET", "/probe/crashes/1", me, b""),
        (500, "GET", "/probe/crashes-in-its-error", {}, b""),
        (503, "GET", "/probe/unavailable", {}, b""),
    ]


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    answers = []
    for status, method, path, headers, body in cases(ada):
        answer = await prober.http.request(method, path, headers=headers, content=body)
        answers.append((status, f"{method} {path}", answer))
    async with prober.client(address="127.0.3.9") as greedy:
        for _ in range(LIMIT + 10):
            refused = await greedy.get("/feed", headers=ada.headers)
            if refused.status_code == httpx.codes.TOO_MANY_REQUESTS:
                break
    answers.append((429, "GET /feed, too often", refused))
    logs = prober.logs(prober.stack.members(Role.APP))
    for status, what, answer in answers:
        case = f"{status} {what}"
        prober.saw("error-status", case, answer.status_code - status, detail=f"{answer.status_code}")
        prober.saw("error-shape", case, _shape(answer), detail=answer.text)
        found = [word for word in INSIDES if word in answer.text]
        prober.saw("error-insides", case, len(found), detail=", ".join(found))
        prober.saw("error-logged", case, f'"trace_id":"{_told(answer)}"' in logs)


def _told(answer: httpx.Response) -> str:
    """The trace id that the body tells, which is what people paste into a report."""
    try:
        return str(answer.json()["trace_id"])
    except (ValueError, KeyError):
        return "none"


PROBE = probe(
    title="Every error has one shape, and tells nothing of the inside",
    ask=ask,
    expect=(
        Observed(of="error-status", equals=0, cases=16),
        Observed(of="error-shape", equals="as promised", cases=16),
        Observed(of="error-insides", equals=0, cases=16),
        Observed(of="error-logged", equals=1, cases=16),
    ),
    claims=("RES-ERRORS",),
    on=limited,
)

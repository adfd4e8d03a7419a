"""What a request does, in HTTP, SQL, Redis and code of one's own, is one trace: the caller's, across instances."""

import uuid

from chaos.crashing import with_crashes
from harness.checks.observed import Observed
from harness.probe import probe
from harness.prober import Prober
from harness.sinks.arrivals import arrived
from harness.sinks.records import TRACES_FILE, Span
from harness.stack import Role

PARENT = "00f067aa0ba902b7"
CANARY = "canary-of-a-value-81c2"


def _kind(span: Span) -> str:
    system = span.attributes.get("db.system.name")
    if span.kind == "server":
        return "HTTP"
    return {"postgresql": "SQL", "redis": "Redis"}.get(str(system), span.name)


async def ask(prober: Prober) -> None:
    ada = await prober.register()
    members = prober.stack.members(Role.APP)
    trace_id = uuid.uuid4().hex
    headers = ada.headers | {"traceparent": f"00-{trace_id}-{PARENT}-01"}
    unsampled = uuid.uuid4().hex
    for member in members:
        async with prober.client(base_url=prober.instance_url(member)) as client:
            answers = [
                await client.post("/posts", headers=headers, json={"body": f"{CANARY} {member}"}),
                await client.get("/feed", headers=headers),
                await client.get("/probe/pays", headers=headers),
            ]
            await client.get("/feed", headers=ada.headers | {"traceparent": f"00-{unsampled}-{PARENT}-00"})
        for answer in answers:
            case = f"{member}, {answer.request.method} {answer.request.url.path}"
            prober.saw("trace-answered", case, answer.headers.get("x-trace-id") == trace_id)
        logged = prober.logs([member]).count(f'"trace_id":"{trace_id}"')
        prober.saw("trace-log-lines", member, logged)

    def all_there(spans: list[Span]) -> bool:
        return len([span for span in spans if span.trace_id == trace_id and span.kind == "server"]) >= 3 * len(members)

    every = await arrived(prober.folder / "sinks" / TRACES_FILE, Span, all_there)
    spans = [span for span in every if span.trace_id == trace_id]
    ids = {span.span_id for span in spans} | {PARENT}
    for member in members:
        own = [span for span in spans if span.instance == member]
        missing = {"HTTP", "SQL", "Redis", "process-payment"} - {_kind(span) for span in own}
        seen = ", ".join(sorted({f"{_kind(span)}: {span.name}" for span in own}))
        prober.saw("trace-kinds-missing", member, len(missing), detail=f"without {', '.join(sorted(missing))}; {seen}")
        roots = [span.name for span in own if span.parent_id == PARENT]
        prober.saw("trace-roots", member, len(roots), detail=", ".join(roots))
        orphans = [span.name for span in own if span.parent_id not in ids]
        prober.saw("trace-orphans", member, len(orphans), detail=", ".join(orphans))
    values = [span.name for span in every if CANARY in str(span.attributes) or CANARY in span.name]
    prober.saw("trace-values", "a post's text", len(values), detail=", ".join(values))
    prober.saw("trace-unasked", "a trace that its caller did not sample", sum(s.trace_id == unsampled for s in every))


PROBE = probe(
    title="A request's spans are one trace, across instances",
    ask=ask,
    expect=(
        Observed(of="trace-answered", equals=1, cases=9),
        Observed(of="trace-log-lines", at_least=3, cases=3),
        Observed(of="trace-kinds-missing", equals=0, cases=3),
        Observed(of="trace-roots", equals=3, cases=3),
        Observed(of="trace-orphans", equals=0, cases=3),
        Observed(of="trace-values", equals=0),
        Observed(of="trace-unasked", equals=0),
    ),
    claims=("OBS-OTEL",),
    on=with_crashes,
)

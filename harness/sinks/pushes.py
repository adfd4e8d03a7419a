"""The push gateway's API: the path says which group of metrics, the body is Prometheus' text format."""

import base64
import binascii

from prometheus_client.parser import text_string_to_metric_families

from harness import clock
from harness.sinks.bodies import Refusal
from harness.sinks.records import Push, Sample


def read_push(method: str, path: str, body: bytes) -> Push:
    """`path` is what follows /metrics/. Raises Refusal for a path or a body that says nothing."""
    grouping = _grouping(path)
    if "job" not in grouping:
        raise Refusal(f"the path {path!r} names no job")
    job = grouping.pop("job")
    samples = [] if method == "DELETE" else _samples(body)
    return Push(t=clock.now(), method=method, job=job, grouping=grouping, samples=samples)


def _grouping(path: str) -> dict[str, str]:
    parts = path.strip("/").split("/")
    if len(parts) % 2:
        raise Refusal(f"the path {path!r} has a name without a value")
    found = {}
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        if name.endswith("@base64"):
            try:
                text = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise Refusal(f"the value of {name!r} is not base64: {error}") from error
            found[name.removesuffix("@base64")] = text
        else:
            found[name] = value
    return found


def _samples(body: bytes) -> list[Sample]:
    try:
        return [
            Sample(name=sample.name, labels=sample.labels, value=sample.value)
            for family in text_string_to_metric_families(body.decode())
            for sample in family.samples
        ]
    # The parser raises whatever its slicing meets.
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise Refusal(f"not Prometheus' text format: {error}") from error

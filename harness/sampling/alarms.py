"""What Alertmanager has, and whom it would tell."""

import httpx
import msgspec

from harness.clock import now
from harness.run import Sample
from harness.sampling.base import Reading, State

BY = "alerts"
SILENT, INHIBITED = "silent", "inhibited"
METRICS = ("firing",)


class Receiver(msgspec.Struct, frozen=True):
    name: str


class Status(msgspec.Struct, frozen=True, rename="camel"):
    inhibited_by: tuple[str, ...]


class Alert(msgspec.Struct, frozen=True):
    """One line of Alertmanager's list: an alert of one instance."""

    labels: dict[str, str]
    receivers: tuple[Receiver, ...]
    status: Status


_ALERTS = msgspec.json.Decoder(list[Alert])


class AlarmMeter:
    """Each alert that the rules know is in a state: `silent`, `inhibited` since another one says enough, or the name of
    the receiver who is told. `firing` is 1 for all but the silent ones.
    """

    role = "alerts"
    subject = "alertmanager"
    interval_s = 0.2

    def __init__(self, url: str, alerts: tuple[str, ...]) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=1, trust_env=False)
        self._alerts = alerts

    async def read(self) -> Reading:
        # Before it is asked: what is in a phase must not be from before it.
        t = now()
        answer = (await self._client.get("/api/v2/alerts")).raise_for_status()
        there = _ALERTS.decode(answer.content)
        states = {name: state_of([one for one in there if one.labels["alertname"] == name]) for name in self._alerts}
        return Reading(
            [Sample(t, self.role, name, METRICS[0], float(state != SILENT)) for name, state in states.items()],
            [State(BY, "alert", name, state) for name, state in states.items()],
        )

    async def close(self) -> None:
        await self._client.aclose()


def state_of(there: list[Alert]) -> str:
    """Of one alert, by what is there of it: who is told of any instance's is told."""
    told = {receiver.name for one in there if not one.status.inhibited_by for receiver in one.receivers}
    return " and ".join(sorted(told)) or (INHIBITED if there else SILENT)

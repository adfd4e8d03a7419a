"""The Kubernetes manifests: rendered by kustomize, held to Kubernetes' own schemas, and read for what they promise."""

from pathlib import Path
from typing import Any

import yaml

from harness.checks.observed import Observed
from harness.probe import in_a_thread, probe
from harness.prober import Prober
from harness.tools import find
from harness.tools.run import run

FOLDER = "deploy/kubernetes"
# target/server.py: how long it goes on with what it has begun, once it has drained.
FINISH_S = 10
KINDS = (
    "ConfigMap",
    "CronJob",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Service",
)
SECRETS = ("secret.example.yaml", "secret-migration.example.yaml")

Manifest = dict[str, Any]


@in_a_thread
def ask(prober: Prober) -> None:
    base = _rendered(prober, "base")
    migration = _rendered(prober, "migration")
    for template in SECRETS:
        _ask_secret(prober, prober.files / FOLDER / template)
    kinds = [manifest["kind"] for manifest in base]
    for kind in KINDS:
        prober.saw("manifests", kind, kinds.count(kind))
    for manifest in base:
        if manifest["kind"] == "Deployment":
            config = next(one["data"] for one in base if one["kind"] == "ConfigMap")
            _ask_deployment(prober, manifest["spec"], config)
        if manifest["kind"] == "HorizontalPodAutoscaler":
            prober.saw("replicas", "HorizontalPodAutoscaler", manifest["spec"].get("minReplicas", 1))
        if manifest["kind"] == "PodDisruptionBudget":
            prober.saw("disrupted-at-once", "PodDisruptionBudget", manifest["spec"].get("maxUnavailable"))
    images = {_container(one["spec"])["image"] for one in (*base, *migration) if one["kind"] in ("Deployment", "Job")}
    prober.saw("images", "deployment and migration", len(images), detail=", ".join(sorted(images)))
    secrets_from = [source for source in _all_sources(base) if source == "secretRef"]
    prober.saw("secret-sources", "Deployment", len(secrets_from))


def _ask_secret(prober: Prober, file: Path) -> None:
    _ask_schemas(prober, file)
    secret = yaml.safe_load(file.read_text())
    filled = [name for name, value in secret["stringData"].items() if value]
    prober.saw("secret-values", file.name, len(filled), detail=", ".join(filled))


def _rendered(prober: Prober, name: str) -> list[Manifest]:
    kubectl = find.system("kubectl", package="kubernetes-client")
    done = run([kubectl.path, "kustomize", f"{FOLDER}/{name}"], prober.files, kubectl.environment)
    prober.saw("kustomize", name, done.status, detail="" if done.status == 0 else done.text[-300:])
    if done.status != 0:
        return []
    file = prober.files / f"{name}.rendered.yaml"
    file.write_text(done.text)
    _ask_schemas(prober, file)
    return [manifest for manifest in yaml.safe_load_all(done.text) if manifest]


def _ask_schemas(prober: Prober, file: Path) -> None:
    done = run([find.script("kubernetes-validate").path, "--strict", "--quiet", file], prober.files)
    prober.saw("kubernetes-validate", file.name, done.status, detail=done.text[-300:])


def _ask_deployment(prober: Prober, spec: Manifest, config: dict[str, str]) -> None:
    pod = spec["template"]["spec"]
    container = _container(spec)
    resources = container.get("resources", {})
    for kind, resource in (("requests", "memory"), ("requests", "cpu"), ("limits", "memory"), ("limits", "cpu")):
        value = resources.get(kind, {}).get(resource, "none")
        prober.saw(f"{resource}-{kind}", "backend", value)
    for name, path in (("startup", "live"), ("liveness", "live"), ("readiness", "ready")):
        asked = container.get(f"{name}Probe", {}).get("httpGet", {}).get("path", "none")
        prober.saw("probe-paths", f"{name}Probe", "right" if asked == f"/health/{path}" else "wrong", detail=asked)
    strategy = spec.get("strategy", {}).get("rollingUpdate", {})
    prober.saw("missing-during-a-rollout", "Deployment", strategy.get("maxUnavailable", "25%"))
    # What `kubectl rollout undo` can go back to.
    prober.saw("revisions-kept", "Deployment", spec.get("revisionHistoryLimit", 10))
    # A figure here would undo at every `apply` what the autoscaler has decided.
    prober.saw("fixed-replicas", "Deployment", spec.get("replicas", 0))
    spare = pod.get("terminationGracePeriodSeconds", 30) - float(config.get("DRAIN_SECONDS", 5)) - FINISH_S
    prober.saw("spare-time-to-stop", "grace period less drain and finish", spare, unit="s")
    mine = container.get("securityContext", {})
    hardened = {
        "runAsNonRoot": pod.get("securityContext", {}).get("runAsNonRoot") is True,
        "readOnlyRootFilesystem": mine.get("readOnlyRootFilesystem") is True,
        "allowPrivilegeEscalation": mine.get("allowPrivilegeEscalation") is False,
        "capabilities": mine.get("capabilities", {}).get("drop") == ["ALL"],
    }
    for name, is_set in hardened.items():
        prober.saw("hardening", name, is_set)


def _container(spec: Manifest) -> Manifest:
    container: Manifest = spec["template"]["spec"]["containers"][0]
    return container


def _all_sources(manifests: list[Manifest]) -> list[str]:
    deployments = [one for one in manifests if one["kind"] == "Deployment"]
    return [key for one in deployments for source in _container(one["spec"]).get("envFrom", []) for key in source]


PROBE = probe(
    title="The manifests are valid and say what the guide asks of them",
    ask=ask,
    needs_stack=False,
    expect=(
        Observed(of="kustomize", equals=0, cases=2),
        Observed(of="kubernetes-validate", equals=0, cases=4),
        Observed(of="manifests", equals=1, cases=len(KINDS)),
        Observed(of="memory-requests", equals="512Mi"),
        Observed(of="cpu-requests", equals="250m"),
        Observed(of="memory-limits", equals="1Gi"),
        Observed(of="cpu-limits", equals="500m"),
        Observed(of="probe-paths", equals="right", cases=3),
        Observed(of="missing-during-a-rollout", equals=0),
        Observed(of="revisions-kept", at_least=2),
        Observed(of="replicas", at_least=3),
        Observed(of="fixed-replicas", equals=0),
        Observed(of="spare-time-to-stop", at_least=5),
        Observed(of="hardening", equals=1, cases=4),
        Observed(of="disrupted-at-once", equals=1),
        Observed(of="images", equals=1),
        Observed(of="secret-sources", equals=1),
        Observed(of="secret-values", equals=0, cases=len(SECRETS)),
    ),
    claims=("INF-K8S", "INC-ROLLBACK"),
)

"""The Dockerfile, by hadolint and by doing without Docker what it says: its health check, imports and settings."""

import http.server
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from harness.checks.observed import Observed
from harness.probe import in_a_thread, probe
from harness.prober import Prober
from harness.tools import find
from harness.tools.dockerfile import Stage, stages
from harness.tools.run import run

# Imports every module of the target with a finder in front that knows only the packages of the image's lock; and what
# functions import only when they are called, which else shows in production, and late.
IMPORT_ALL = """
import ast, importlib, importlib.metadata as metadata, pkgutil, re, sys
name = lambda text: re.sub(r"[-_.]+", "-", text).lower()
locked = {name(line.split("==")[0]) for line in open("deploy/target.lock") if "==" in line}
owners = metadata.packages_distributions()
class OnlyLocked:
    def find_spec(self, module, path=None, target=None):
        owned = owners.get(module.partition(".")[0]) if not module.startswith("target") else None
        if owned and not locked & {name(owner) for owner in owned}:
            raise ModuleNotFoundError(f"{module} is not in deploy/target.lock", name=module)
sys.meta_path.insert(0, OnlyLocked())
import target
for module in pkgutil.walk_packages(target.__path__, "target."):
    if not module.name.endswith("__main__"):
        file = importlib.import_module(module.name).__file__
        for node in ast.walk(ast.parse(open(file).read())):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    importlib.import_module(alias.name)
            elif isinstance(node, ast.ImportFrom):
                importlib.import_module(node.module)
"""
SETTINGS = "from target.settings import Settings as S; s = S.from_environment(); print(s.host, s.port)"
NEEDED = {"DATABASE_URL": "postgresql://quemiai@db/quemiai", "REDIS_URL": "redis://cache:6379"}
SECRET = "8Zr5Qm2vXc7LwKpTn4Yd9BhGs6FjRe3U"


@in_a_thread
def ask(prober: Prober) -> None:
    image = stages((prober.files / "Dockerfile").read_text())
    final = image[-1]
    linted = run([find.script("hadolint").path, "--no-color", "Dockerfile"], prober.files)
    prober.saw("hadolint", "Dockerfile", linted.status, detail=linted.text)
    prober.saw("image-stages", "Dockerfile", len(image))
    user = final.last("USER").partition(":")[0]
    prober.saw(
        "image-user", "the last stage", int(user) if user.isdigit() else 0, detail=f"USER {user or 'is not set'}"
    )
    prober.saw("image-ports", "the last stage", final.last("EXPOSE"))
    _ask_health_check(prober, final)
    imported = run([sys.executable, "-c", IMPORT_ALL], prober.files, {"PYTHONPATH": str(prober.files)})
    prober.saw(
        "imports-from-locked-packages", "every module of the target", imported.status, detail=imported.text[-300:]
    )
    _ask_settings(prober, final)


def _ask_health_check(prober: Prober, final: Stage) -> None:
    check = final.last("HEALTHCHECK").partition("CMD")[2].strip()
    if not check:
        prober.saw("health-check", "the last stage", "no health check")
        return
    command = [sys.executable, *json.loads(check)[1:]]
    for status, expected in ((HTTPStatus.OK, "healthy"), (HTTPStatus.SERVICE_UNAVAILABLE, "unhealthy")):
        with _answering(status) as port:
            done = run(command, prober.files, {"PORT": str(port)})
        seen = "healthy" if done.status == 0 else "unhealthy"
        prober.saw(
            "health-check", f"answers {status}: {expected}", "right" if seen == expected else "wrong", detail=seen
        )


def _ask_settings(prober: Prober, final: Stage) -> None:
    """With the image's own environment, and of the rest only what must be set."""
    environment = {**final.environment(), **NEEDED, "JWT_SECRET": SECRET, "PYTHONPATH": str(prober.files)}
    environment.pop("PATH", None)
    done = run([sys.executable, "-c", SETTINGS], prober.files, environment)
    prober.saw("listens-on", "docker run -p 4000:4000", done.text[-300:])


@contextmanager
def _answering(status: int) -> Iterator[int]:
    """A server that answers everything with one status, at a port of its own."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


PROBE = probe(
    title="The image is small, unprivileged, watched, and starts with one command",
    ask=ask,
    needs_stack=False,
    expect=(
        Observed(of="hadolint", equals=0),
        Observed(of="image-stages", at_least=2),
        Observed(of="image-user", at_least=1),
        Observed(of="image-ports", equals="4000"),
        Observed(of="health-check", equals="right", cases=2),
        Observed(of="imports-from-locked-packages", equals=0),
        Observed(of="listens-on", equals="0.0.0.0 4000"),
    ),
    claims=("INF-DOCKER",),
)

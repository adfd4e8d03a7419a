"""A server that speaks as a Docker daemon would, for daemons that no test can have: too old, rootless, elsewhere."""

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

Answers = Mapping[str, Any]

GOOD: Answers = {
    "/version": {"ApiVersion": "1.41", "MinAPIVersion": "1.12"},
    "/info": {"OperatingSystem": "Debian GNU/Linux 12 (bookworm)", "SecurityOptions": ["name=seccomp"]},
    "/networks": [],
}


class _Handler(BaseHTTPRequestHandler):
    answers: ClassVar[Answers]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        answer = next((answer for end, answer in self.answers.items() if path.endswith(end)), None)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200 if answer is not None else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "a socket"

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@contextmanager
def a_daemon_that_says(folder: Path, changed: Answers) -> Iterator[dict[str, str]]:
    """The environment in which it is found."""
    path = folder / "docker.sock"
    handler = type("Handler", (_Handler,), {"answers": {**GOOD, **changed}})
    with socketserver.ThreadingUnixStreamServer(str(path), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield {"DOCKER_HOST": f"unix://{path}"}
        finally:
            server.shutdown()
            thread.join()

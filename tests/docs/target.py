"""A target in one thread, for the documentation's scenarios: accounts, and posts in a dictionary."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread


@contextmanager
def small_target() -> Iterator[str]:
    """Its URL."""
    posts: dict[str, str] = {}
    numbers = count(1)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = posts.get(self.path, "alive" if self.path == "/health" else None)
            self._answer(200 if body is not None else 404, {"body": body})

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/posts":
                number = next(numbers)
                posts[f"/posts/{number}"] = sent["body"]
                self._answer(201, {"id": number})
            else:
                self._answer(200, {"access_token": "a token"})

        def _answer(self, status: int, content: object) -> None:
            body = json.dumps(content).encode()
            # One write: in two, the second would wait for the first to be acknowledged.
            self.wfile.write(b"HTTP/1.1 %d .\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()

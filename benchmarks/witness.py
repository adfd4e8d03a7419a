"""A client that asks the same question again and again, and writes down when it last asked and was answered as usual.

`python -m benchmarks.witness HOST PORT QUESTION USUAL_MS BEAT`: the file BEAT holds that instant, in ns of the clock
that all processes of a machine share. It knows nothing of the harness, and ends when anything comes but an answer.
"""

import os
import socket
import sys
import time

EVERY_S = 0.001
DIGITS = 20
LARGE = 1000
ECHO = b"$%d\r\n%b\r\n" % (LARGE, b"x" * LARGE)
HTTP = b"GET /health/%b HTTP/1.1\r\nHost: witness\r\n\r\n"
QUESTIONS = {
    "live": (HTTP % b"live", b"HTTP/1.1 200", b"}"),
    "ready": (HTTP % b"ready", b"HTTP/1.1 200", b"}"),
    "echo": (b"*2\r\n$4\r\nECHO\r\n" + ECHO, ECHO, b""),
}
"""What is asked, and how a good answer begins and ends."""


def main(host: str, port: int, question: str, usual_s: float, file: str) -> None:
    asked, begins, ends = QUESTIONS[question]
    beat = os.open(file, os.O_WRONLY | os.O_CREAT, 0o666)
    with socket.create_connection((host, port), 5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            sent = time.monotonic_ns()
            connection.sendall(asked)
            answer = b""
            while len(answer) < len(begins) or not answer.endswith(ends):
                chunk = connection.recv(65536)
                if not chunk:
                    return
                answer += chunk
            if not answer.startswith(begins):
                return
            if time.monotonic_ns() - sent < usual_s * 1e9:
                os.pwrite(beat, b"%0*d" % (DIGITS, sent), 0)
            time.sleep(EVERY_S)


if __name__ == "__main__":
    host, port, question, usual_ms, file = sys.argv[1:]
    main(host, int(port), question, float(usual_ms) / 1000, file)

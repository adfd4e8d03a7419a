"""People who send files over a slow line: each upload is under way for most of a second.

harness load upload --rate 5 --duration 30s
locust -f scenarios/upload.py --host http://127.0.0.1:4000
"""

from collections.abc import Iterator

import gevent
from locust import task

from harness.run import Place
from scenarios.clients.ledger import LEDGER
from scenarios.clients.member import Member

UPLOADS = Place(table="uploads", column="filename")
PIECES = 8
PIECE = b"%" + b"." * 4094 + b"\n"
PAUSE_S = 0.1
BOUNDARY = "a-boundary-that-no-file-holds"


class Upload(Member):
    @task
    def send_file(self) -> None:
        with LEDGER.write("A file by upload", UPLOADS) as write:
            answer = self.client.post(
                "/uploads",
                data=slowly(write.key),  # type: ignore[arg-type]  # it takes what geventhttpclient does
                headers=self.headers() | {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
                name="POST /uploads",
            )
            path = f"/uploads/{answer.json()['id']}" if answer.status_code == 201 else None
            write.answered(answer.status_code, path)


def slowly(key: str) -> Iterator[bytes]:
    """The form, piece by piece: a PDF whose name and first comment are the key."""
    # Open to all members: whoever reads it back has another account.
    public = 'Content-Disposition: form-data; name="public"\r\n\r\ntrue\r\n'
    file = f'Content-Disposition: form-data; name="file"; filename="{key}"\r\nContent-Type: application/pdf\r\n\r\n'
    yield f"--{BOUNDARY}\r\n{public}--{BOUNDARY}\r\n{file}%PDF-1.7\n% {key}\n".encode()
    for _ in range(PIECES):
        # The line is slow, and not the client: the request is under way meanwhile.
        gevent.sleep(PAUSE_S)
        yield PIECE
    yield f"\r\n--{BOUNDARY}--\r\n".encode()

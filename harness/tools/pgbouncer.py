"""Starting PgBouncer on a configuration file: it has no switch that only checks one."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from harness.lifeline import die_with_parent
from harness.tools import find
from harness.tools.certificates import made_for

PATIENCE_S = 10.0
USER = "pgbouncer"
PASSWORD = "of-this-trial-only"


class RefusedError(Exception):
    """PgBouncer does not start on this file, or does not answer; the text is its own."""


def effective(file: Path, work: Path) -> dict[str, str]:
    """The settings that PgBouncer really has after it has read a file, as its own console tells them.

    The file is read as it is, but for where it listens: a copy of it, in a folder below `work` with certificates that
    are made up for it. Raises RefusedError.
    """
    tool = find.system("pgbouncer")
    with tempfile.TemporaryDirectory(prefix="pgbouncer-", dir=work) as scratch:
        folder = Path(scratch)
        port = _prepare(file, folder)
        # It refuses to run as root, and must then be able to read what is here.
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, user, pwd.getpwnam(user).pw_gid)
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(tool.path), str(folder / file.name)],
                cwd=folder,
                env={"PATH": os.defpath, **tool.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=user,
                preexec_fn=die_with_parent(),  # noqa: PLW1509
            )
            try:
                return _ask(process, port, log)
            finally:
                process.kill()
                process.wait()


def _prepare(file: Path, folder: Path) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    text = file.read_text()
    for name, value in (("listen_addr", "127.0.0.1"), ("listen_port", port)):
        text = re.sub(rf"^{name}\s*=.*$", f"{name} = {value}", text, flags=re.MULTILINE)
    (folder / file.name).write_text(text.replace("[pgbouncer]", "[pgbouncer]\nunix_socket_dir =", 1))
    (folder / "userlist.txt").write_text(f'"{USER}" "{PASSWORD}"\n')
    own = made_for("localhost")
    own.write(folder / "tls/server.crt", folder / "tls/server.key")
    (folder / "tls/ca.crt").write_bytes(own.authority)
    return port


def _ask(process: "subprocess.Popen[bytes]", port: int, log: Path) -> dict[str, str]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        if process.poll() is not None:
            raise RefusedError(log.read_text(errors="replace").strip()[-300:])
        try:
            return _config(port)
        except psycopg.Error as error:
            if time.monotonic() > deadline:
                raise RefusedError(f"it did not answer within {PATIENCE_S:g} s: {error}") from error
            time.sleep(0.02)


def _config(port: int) -> dict[str, str]:
    connection: psycopg.Connection[TupleRow] = psycopg.connect(
        host="127.0.0.1",
        port=port,
        user=USER,
        password=PASSWORD,
        dbname="pgbouncer",
        sslmode="require",
        autocommit=True,
        connect_timeout=2,
        cursor_factory=psycopg.ClientCursor,
    )
    with connection:
        # The console takes its commands as they are: a transaction around them it does not know.
        return {str(row[0]): str(row[1]) for row in connection.execute("SHOW CONFIG")}

"""`python -m target.db.backup FILE` and `--restore FILE`: the database in one sealed file.

The dump never lies on a disk unsealed: it goes from pg_dump through the cipher into FILE, which appears when it is
whole. Restoring reads the file twice, first to see that nothing of it was changed or is missing, then into psql, as
one transaction. Restore into an empty database.

BACKUP_KEY is 32 bytes in base64, and BACKUP_KEY_PREVIOUS an older one that still opens. DATABASE_URL leads past the
pool: a dump is one long session. PG_DUMP and PSQL name the programs where they are not on the PATH.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

from psycopg.conninfo import conninfo_to_dict

from target import variables as v
from target.db.url import DatabaseUrl
from target.privacy.sealed import Keyring, SealError

_CONTEXT = "backup"
# libpq's parameters as its environment variables. Not as arguments, which everybody on the machine can read.
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class BackupError(Exception):
    """Why there is no backup, or why it was not restored."""


def back_up(url: DatabaseUrl, keys: Keyring, file: Path, program: str = "pg_dump") -> None:
    """Write the sealed dump. On any failure FILE is as it was."""
    partial = file.with_name(f"{file.name}.part")
    try:
        with partial.open("wb") as sink:
            partial.chmod(0o600)
            with _run([program, "--no-owner", "--no-privileges"], url, stdout=subprocess.PIPE) as dump:
                keys.seal(cast(BinaryIO, dump.stdout), sink, _CONTEXT)
                _expect_success(dump, program)
            sink.flush()
            os.fsync(sink.fileno())
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)


def restore(url: DatabaseUrl, keys: Keyring, file: Path, program: str = "psql") -> None:
    """Put a dump into a database, all of it or nothing."""
    with file.open("rb") as source:
        for _ in keys.open(source, _CONTEXT):
            pass
        source.seek(0)
        command = [
            program,
            "--no-psqlrc",
            "--quiet",
            "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            "--output=/dev/null",
        ]
        with _run(command, url, stdin=subprocess.PIPE) as psql:
            sink = cast(BinaryIO, psql.stdin)
            try:
                for chunk in keys.open(source, _CONTEXT):
                    sink.write(chunk)
            except SealError:
                # Closing its input would tell psql to commit what it has.
                psql.kill()
                raise
            except BrokenPipeError:
                pass
            _expect_success(psql, program)


def _run(
    command: Sequence[str], url: DatabaseUrl, stdin: int | None = None, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    known = conninfo_to_dict(url.conninfo)
    own = {variable: str(known[name]) for name, variable in _VARIABLES.items() if known.get(name) is not None}
    try:
        return subprocess.Popen(command, env={**os.environ, **own}, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
    except OSError as error:
        raise BackupError(f"cannot run {command[0]}: {error.strerror}") from None


def _expect_success(process: subprocess.Popen[bytes], program: str) -> None:
    _, errors = process.communicate()
    if process.returncode != 0:
        last = errors.decode(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise BackupError(f"{Path(program).name} failed: {last[0]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Exit status 0 done, 1 it failed, 2 wrong usage or settings."""
    parser = argparse.ArgumentParser(prog="python -m target.db.backup", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--restore", action="store_true", help="put FILE into the database")
    options = parser.parse_args(arguments)
    read = v.Variables(os.environ)
    url = read.required("DATABASE_URL", DatabaseUrl.parse)
    key = read.optional("BACKUP_KEY", v.key, None, needed=True)
    previous = read.optional("BACKUP_KEY_PREVIOUS", v.key, None)
    if read.problems or key is None:
        print(f"backup: {'; '.join(read.problems)}", file=sys.stderr)
        return 2
    keys = Keyring(key, *([previous] if previous is not None else []))
    try:
        if options.restore:
            restore(url, keys, options.file, os.environ.get("PSQL", "psql"))
        else:
            back_up(url, keys, options.file, os.environ.get("PG_DUMP", "pg_dump"))
    except (BackupError, SealError, OSError) as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

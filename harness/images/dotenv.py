"""The lines of `.env` by which docker-compose.yml takes the images that were built here."""

import os
from collections.abc import Mapping
from pathlib import Path

FILE = ".env"
BEGIN = "# >>> make images: what is between these two lines is rewritten by it"
END = "# <<< make images"


def write(project: Path, variables: Mapping[str, str]) -> None:
    """Puts the variables between the two lines, before all else: what a person set further down has the last word.

    Without variables the two lines go, and a file that held nothing else.
    """
    file = project / FILE
    before = file.read_text() if file.exists() else ""
    after = _with(before, [f"{name}={value}" for name, value in variables.items()])
    if after == before:
        return
    if not after:
        file.unlink()
        return
    # At once, and with the rights that it had: it may hold secrets.
    new = file.with_name(f"{FILE}.{os.getpid()}")
    new.touch(mode=0o600)
    if file.exists():
        new.chmod(file.stat().st_mode & 0o777)
    if os.geteuid() == 0:
        # Built with sudo: the checkout's owner reads it.
        owner = (file if file.exists() else project).stat()
        os.chown(new, owner.st_uid, owner.st_gid)
    new.write_text(after)
    new.replace(file)


def _with(text: str, lines: list[str]) -> str:
    head, begin, rest = text.partition(BEGIN + "\n")
    if begin:
        _, _, tail = rest.partition(END + "\n")
    else:
        head, tail = "", text
    block = "\n".join([BEGIN, *lines, END, ""]) if lines else ""
    return head + block + tail

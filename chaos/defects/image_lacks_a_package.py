"""A package that the target imports is missing from the image's lock: it works everywhere but in the image."""

import re
from pathlib import Path

from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    lock = folder / "deploy/target.lock"
    lock.write_text(re.sub(r"^structlog==.*\n(?:    .*\n)*", "", lock.read_text(), flags=re.MULTILINE))


DEFECT = Defect(
    title="The image lacks a package that the target imports",
    drill="container-image",
    caught_by="observed imports-from-locked-packages",
    spoil_files=spoil_files,
)

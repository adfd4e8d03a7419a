"""A package that the target imports is missing from the image's lock: it works everywhere but in the image."""

import re
from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    structlog = re.compile(r"^structlog==.*\n(?:    .*\n)*", re.MULTILINE)
    rewrite(folder / "deploy/target.lock", structlog, "")


DEFECT = Defect(
    title="The image lacks a package that the target imports",
    drill="container-image",
    caught_by="observed imports-from-locked-packages",
    spoil_files=spoil_files,
)

"""The image's last stage forgets its USER, as after a merge: the process is root in its container."""

import re
from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "Dockerfile", re.compile(r"^USER .*\n", re.MULTILINE), "")


DEFECT = Defect(
    title="The container runs as root",
    drill="container-image",
    caught_by="observed image-user",
    spoil_files=spoil_files,
)

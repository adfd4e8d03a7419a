"""The post-mortem quotes the members' logs as they are, tokens and all."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    rewrite(folder / "reports/logs.py", "masked(words)", "words")


DEFECT = Defect(
    title="The post-mortem draft shows the tokens that were logged",
    drill="postmortem",
    caught_by="observed postmortem-secrets",
    spoil_files=spoil_files,
)

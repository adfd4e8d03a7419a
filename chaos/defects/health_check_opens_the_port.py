"""The image's health check only opens the port: an instance that answers nothing but errors stays healthy."""

from pathlib import Path

from chaos.rewriting import rewrite
from harness.defect import Defect

ASKS = "r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=2)"
OPENS = "__import__('socket').create_connection(('127.0.0.1', int(os.environ['PORT'])), 2)"


def spoil_files(folder: Path) -> None:
    rewrite(folder / "Dockerfile", ASKS, OPENS)


DEFECT = Defect(
    title="The image's health check asks whether the port is open, and not whether the service answers",
    drill="container-image",
    caught_by="observed health-check",
    spoil_files=spoil_files,
)

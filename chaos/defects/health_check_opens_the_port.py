"""The image's health check only opens the port: an instance that answers nothing but errors stays healthy."""

from pathlib import Path

from harness.defect import Defect


def spoil_files(folder: Path) -> None:
    dockerfile = folder / "Dockerfile"
    text = dockerfile.read_text().replace("r.urlopen(", "__import__('socket').create_connection(('127.0.0.1', int(", 1)
    text = text.replace(
        "'http://127.0.0.1:' + os.environ['PORT'] + '/health/live', timeout=2)", "os.environ['PORT'])), 2)"
    )
    dockerfile.write_text(text)


DEFECT = Defect(
    title="The image's health check asks whether the port is open, and not whether the service answers",
    drill="container-image",
    caught_by="observed health-check",
    spoil_files=spoil_files,
)

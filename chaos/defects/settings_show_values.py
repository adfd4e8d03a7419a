"""The line that says what is wrong quotes the value, which helps whoever reads the log."""

from pathlib import Path

from harness.defect import Defect

FILE = "target/variables.py"
GOOD = 'self.problems.append(f"{name} {error}")'
SPOILT = 'self.problems.append(f"{name}={value} {error}")'


def spoil_files(project: Path) -> None:
    file = project / FILE
    text = file.read_text()
    if GOOD not in text:
        raise RuntimeError(f"{file} no longer says {GOOD!r}: this defect would do nothing")
    file.write_text(text.replace(GOOD, SPOILT))


DEFECT = Defect(
    title="A refused setting is quoted",
    drill="fail-fast-settings",
    caught_by="observed values-shown",
    spoil_files=spoil_files,
)

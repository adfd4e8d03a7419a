"""What a self-test has tried, kept in a file, so that it can go on where it was interrupted."""

from pathlib import Path

import msgspec

from harness.cli.answers import CleanAnswer, DefectAnswer
from harness.defect import Defect
from harness.errors import UsageError


class Conditions(msgspec.Struct, frozen=True, kw_only=True, tag="conditions", tag_field="of"):
    """Under which all trials of one file are made."""

    stack: str
    scale: float
    seed: int


Line = Conditions | DefectAnswer | CleanAnswer


class Kept:
    """Answers, a JSON line each, after one with their conditions. Without a file they are only remembered."""

    def __init__(self, file: Path | None, conditions: Conditions) -> None:
        """Raises UsageError for a file that is none of these, or was made under other conditions."""
        self._file = file
        self._defects: dict[str, DefectAnswer] = {}
        self._clean: dict[tuple[str, int], CleanAnswer] = {}
        if file is None:
            return
        known = conditions_of(file)
        if known is None:
            self._append(conditions)
        elif known != conditions:
            raise UsageError(
                f"{file} was made with {_told(known)}, not with {_told(conditions)}", "say the same, or name a new file"
            )
        lines = _lines(file)
        for line in lines[1:]:
            self._remember(line)
        _cut_to(file, len(lines))

    def defect(self, defect: Defect) -> DefectAnswer | None:
        """None also of one that was tried in another drill, or for another check, than it is for now."""
        answer = self._defects.get(defect.name)
        same = answer is not None and (answer.drill, answer.must_be_caught_by) == (defect.drill, defect.caught_by)
        return answer if same else None

    def clean(self, drill: str, round: int) -> CleanAnswer | None:
        return self._clean.get((drill, round))

    def add(self, answer: DefectAnswer | CleanAnswer) -> None:
        self._remember(answer)
        if self._file is not None:
            self._append(answer)

    def _remember(self, line: Line) -> None:
        if isinstance(line, DefectAnswer):
            self._defects[line.name] = line
        elif isinstance(line, CleanAnswer):
            self._clean[line.drill, line.round] = line

    def _append(self, line: Line) -> None:
        assert self._file is not None
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("ab") as out:
                out.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:
            raise UsageError(
                f"the self-test cannot be kept in {self._file}: {error.strerror}", "name another file"
            ) from error


def conditions_of(file: Path) -> Conditions | None:
    """None when there is no such file yet, or it is empty. Raises UsageError for one that is none of these."""
    lines = _lines(file)
    if not lines and file.is_file() and file.stat().st_size:
        raise _not_one(file)
    if lines and not isinstance(lines[0], Conditions):
        raise _not_one(file)
    return lines[0] if lines and isinstance(lines[0], Conditions) else None


def _lines(file: Path) -> list[Line]:
    try:
        # The last line may be cut short: that trial is made again.
        written = [line for line in file.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        return [msgspec.json.decode(line, type=Line) for line in written]
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise _not_one(file) from error


def _cut_to(file: Path, count: int) -> None:
    """Without a line that was being written when somebody pulled the plug: what follows would be lost with it."""
    whole = b"".join(file.read_bytes().splitlines(keepends=True)[:count])
    if file.stat().st_size != len(whole):
        file.write_bytes(whole)


def _not_one(file: Path) -> UsageError:
    return UsageError(f"{file} does not hold a self-test", "name another file, which need not be there yet")


def _told(conditions: Conditions) -> str:
    return f"--stack {conditions.stack} --scale {conditions.scale:g} --seed {conditions.seed}"

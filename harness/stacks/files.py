"""ProjectFiles: what a probe looks at that needs no running system: a copy of the project's own files."""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from harness import places
from harness.errors import NotApplicable
from harness.run import StackFacts
from harness.sampling.base import Meter
from harness.stack import Role
from harness.stacks.records import StackRecord, remove_work
from harness.uncancelled import to_the_end

MARK = "pyproject.toml"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "runs", "node_modules", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis"
)


class ProjectFiles:
    """An async context. The copy is there inside it, spoilt by `spoil` when a defect says how, and gone after.

    `folder` is the copy, below `work`, which goes with all that is in it, however the harness ends.
    """

    def __init__(
        self, project: Path, run_folder: Path, purpose: str, spoil: Callable[[Path], None] | None = None
    ) -> None:
        self._project = project
        self._run_folder = run_folder
        self._purpose = purpose
        self._spoil = spoil

    @property
    def url(self) -> str:
        return ""

    @property
    def facts(self) -> StackFacts:
        why = "only the project's files are looked at"
        return StackFacts(kind="files", url="", absent={role.value: why for role in Role})

    @property
    def database_url(self) -> str | None:
        return None

    def members(self, role: Role) -> Sequence[str]:
        return ()

    def meters(self) -> Sequence[Meter]:
        return ()

    async def __aenter__(self) -> Self:
        if not (self._project / "deploy").is_dir() or not (self._project / MARK).is_file():
            raise NotApplicable(
                f"the files that this probe reads are not in {self._project}", "run it in a checkout of the project"
            )
        base = places.work_base(in_memory=False)
        self._record = StackRecord.of_this_process(secrets.token_hex(6), "files", base, self._run_folder, self._purpose)
        self.work = Path(self._record.work)
        self.folder = self.work / "project"
        try:
            await to_the_end(asyncio.to_thread(self._copy))
        except BaseException:
            await to_the_end(self._remove())
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        await to_the_end(self._remove())

    def _copy(self) -> None:
        self.work.mkdir()
        # Servers that refuse root are tried out below it.
        self.work.chmod(0o711)
        shutil.copytree(self._project, self.folder, ignore=LEFT_OUT)
        if self._spoil is not None:
            self._spoil(self.folder)

    async def _remove(self) -> None:
        if await asyncio.to_thread(remove_work, self.work):
            self._record.forget()

"""What each image is made of: a recipe is a value, and its `source` the hash of everything that goes into the image."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Optional

from harness.images.debian import FORM, SUITE
from harness.run import harness_version
from harness.tools.dockerfile import stages

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout that this harness is in."""

LOCK = "deploy/target.lock"
LEFT_OUT = {"__pycache__"}
NEXT = "-next"
"""What the version of the images has at its end that are there to be rolled out, and back."""

STAND_INS = {
    "POSTGRES_IMAGE": "postgres:15",
    "PGBOUNCER_IMAGE": "pgbouncer:1.18",
    "REDIS_IMAGE": "redis:7.0",
    "HAPROXY_IMAGE": "haproxy:2.6",
    "NGINX_IMAGE": "nginx:1.22",
    "PROMETHEUS_IMAGE": "prometheus:2.42",
    "ALERTMANAGER_IMAGE": "alertmanager:0.25",
    "PUSHGATEWAY_IMAGE": "pushgateway:1.5",
}
"""By the variable of docker-compose.yml: a folder of deploy/images, and the version that Debian has."""


class ContextFile(NamedTuple):
    """A file that the daemon is sent: its name there, and where it is here."""

    name: str
    path: Path


class Recipe(NamedTuple):
    """One image.

    `variable` is docker-compose.yml's, "" where no service has the image. `dockerfile` is one of `files`, and has the
    argument BASE; without `base` the image is Debian itself. `target` is a stage, "" for the last one. `wheels` is the
    lock file whose wheels are sent as a folder of that name.
    """

    image: str
    variable: str = ""
    files: tuple[ContextFile, ...] = ()
    base: Optional["Recipe"] = None
    dockerfile: str = "Dockerfile"
    target: str = ""
    version: str = ""
    wheels: Path | None = None

    @property
    def source(self) -> str:
        """64 hexadecimal digits."""
        digest = hashlib.sha256()
        base = self.base.source if self.base else f"{SUITE} {FORM}"
        for part in (base, self.dockerfile, self.target, self.version):
            digest.update(f"{part}\n".encode())
        kept = [ContextFile("wheels", self.wheels)] if self.wheels else []
        for file in sorted([*self.files, *kept]):
            content = hashlib.sha256(file.path.read_bytes()).hexdigest()
            runs = bool(file.path.stat().st_mode & 0o100)
            digest.update(f"{file.name} {runs} {content}\n".encode())
        return digest.hexdigest()


def recipes(project: Path = PROJECT) -> tuple[Recipe, ...]:
    """All of them, each after its base."""
    debian = Recipe("harness-standin/debian:bookworm")
    python = _stand_in(project, "python:3.11", "PYTHON_IMAGE", debian)._replace(wheels=project / LOCK)
    stand_ins = (_stand_in(project, name, variable, debian) for variable, name in STAND_INS.items())
    return (
        debian,
        *stand_ins,
        python,
        *_own(project, "quemiai-backend", "APP_IMAGE", python, "Dockerfile"),
        *_own(project, "readiness-harness", "HARNESS_IMAGE", python, "deploy/images/harness/Dockerfile"),
    )


def _stand_in(project: Path, name: str, variable: str, base: Recipe) -> Recipe:
    folder = project / "deploy/images" / name.partition(":")[0]
    return Recipe(f"harness-standin/{name}", variable, tuple(_files(folder, [folder])), base)


def _own(project: Path, name: str, variable: str, base: Recipe, dockerfile: str) -> Iterable[Recipe]:
    """The image in two versions; and its first stage, so that the daemon keeps what both share."""
    recipe = Recipe("", "", tuple(_files(project, _copied(project, dockerfile))), base, dockerfile)
    version = harness_version()
    return (
        recipe._replace(image=f"harness-standin/{name}-builder:local", target="builder"),
        recipe._replace(image=f"{name}:local", variable=variable, version=version),
        recipe._replace(image=f"{name}:next", version=version + NEXT),
    )


def _copied(project: Path, dockerfile: str) -> Iterable[Path]:
    """The Dockerfile, and what it copies from the checkout: that alone is sent, and makes the image another one."""
    yield project / dockerfile
    for stage in stages((project / dockerfile).read_text()):
        for instruction, rest in stage.instructions:
            # With --from it is another stage's.
            if instruction == "COPY" and not rest.startswith("--"):
                *patterns, _ = rest.split()
                for pattern in patterns:
                    yield from project.glob(pattern)


def _files(root: Path, paths: Iterable[Path]) -> Iterable[ContextFile]:
    """The files at and below `paths`, named as from `root`."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not LEFT_OUT.intersection(file.parts):
                yield ContextFile(file.relative_to(root).as_posix(), file)

"""Images without a registry: built once, built again when their source has changed, and refused when they are old."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from click.testing import CliRunner, Result
from docker.errors import APIError, ImageNotFound

from harness.errors import StackError
from harness.images import PROJECT, State, build_all, debian, dotenv, refuse_stale, states, version_of, wheels
from harness.images.__main__ import main
from harness.images.build import remove_all
from harness.images.recipes import Recipe, recipes
from harness.run import harness_version

if TYPE_CHECKING:
    from docker import DockerClient

APP, NEXT, HARNESS = "quemiai-backend:local", "quemiai-backend:next", "readiness-harness:local"
LEFT_OUT = shutil.ignore_patterns("__pycache__")

IMPORT_ALL_DEFECTS = """
import importlib, pkgutil, chaos.defects
import harness.sinks.app, harness.upstream.app
names = [module.name for module in pkgutil.iter_modules(chaos.defects.__path__)]
for name in names:
    importlib.import_module("chaos.defects." + name)
print(len(names))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the images are made of, to be changed."""
    for folder in ("target", "harness", "chaos", "deploy"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=LEFT_OUT)
    shutil.copy2(PROJECT / "Dockerfile", tmp_path)
    return tmp_path


def sources(project: Path) -> dict[str, str]:
    return {recipe.image: recipe.source for recipe in recipes(project)}


def changed(project: Path, file: str) -> set[str]:
    """The images that are others when a line is added to a file; the stages that only the builder sees left out."""
    before = sources(project)
    with (project / file).open("a") as end:
        end.write("\n")
    after = sources(project)
    return {image for image in before if before[image] != after[image] and "-builder" not in image}


OWN = {f"{name}:{tag}" for name in ("quemiai-backend", "readiness-harness") for tag in ("local", "next")}
HARNESS_ONLY = {image for image in OWN if image.startswith("readiness-harness")}


@pytest.mark.parametrize(
    ("file", "images"),
    [
        ("target/app.py", OWN),
        ("Dockerfile", OWN - HARNESS_ONLY),
        ("deploy/target.lock", OWN | {"harness-standin/python:3.11"}),
        ("deploy/images/redis/docker-entrypoint.sh", {"harness-standin/redis:7.0"}),
        ("chaos/defects/slow_feed.py", HARNESS_ONLY),
        ("harness/sinks/app.py", HARNESS_ONLY),
        # A drill, or the command, is in no image.
        ("chaos/drills/steady.py", set()),
        ("harness/cli/main.py", set()),
    ],
)
def test_a_change_makes_those_images_old_that_hold_it(checkout: Path, file: str, images: set[str]) -> None:
    assert changed(checkout, file) == images


def test_the_same_files_are_the_same_source_wherever_they_lie(checkout: Path) -> None:
    assert sources(checkout) == sources(PROJECT)


def test_each_image_comes_after_its_base() -> None:
    seen: list[Recipe] = []
    for recipe in recipes():
        assert recipe.base is None or recipe.base in seen
        seen.append(recipe)


# -- .env ---------------------------------------------------------------------------------------------------


def test_variables_go_between_two_lines_and_the_rest_stays(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("JWT_SECRET=mine\nREDIS_IMAGE=mine/redis:1\n")
    file.chmod(0o640)
    dotenv.write(tmp_path, {"REDIS_IMAGE": "harness-standin/redis:7.0"})
    # What a person has set comes later, and so has the last word.
    assert file.read_text().splitlines() == [
        dotenv.BEGIN,
        "REDIS_IMAGE=harness-standin/redis:7.0",
        dotenv.END,
        "JWT_SECRET=mine",
        "REDIS_IMAGE=mine/redis:1",
    ]
    assert file.stat().st_mode & 0o777 == 0o640
    dotenv.write(tmp_path, {"NGINX_IMAGE": "harness-standin/nginx:1.22"})
    assert file.read_text().splitlines()[1] == "NGINX_IMAGE=harness-standin/nginx:1.22"
    dotenv.write(tmp_path, {})
    assert file.read_text() == "JWT_SECRET=mine\nREDIS_IMAGE=mine/redis:1\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_held_nothing_else_goes(tmp_path: Path) -> None:
    dotenv.write(tmp_path, {"REDIS_IMAGE": "harness-standin/redis:7.0"})
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    dotenv.write(tmp_path, {})
    dotenv.write(tmp_path, {})
    assert list(tmp_path.iterdir()) == []


# -- what can go wrong before anything is built -------------------------------------------------------------


def test_only_root_can_make_a_debian(monkeypatch: pytest.MonkeyPatch, docker: "DockerClient") -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(StackError, match="can only be built by root: `sudo make images`; or name images of your own"):
        debian.import_debian(docker, "harness-test:never", {})


def test_a_mirror_out_of_reach_is_told_with_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, docker: "DockerClient"
) -> None:
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("needs root and debootstrap")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
    with pytest.raises(StackError, match=r"debootstrap failed:\n[\s\S]+: is http://127.0.0.1:9/debian within reach\?"):
        debian.import_debian(docker, "harness-test:never", {})
    assert list((tmp_path / "readiness-harness").iterdir()) == []


def test_wheels_that_nobody_has_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lock = tmp_path / "target.lock"
    lock.write_text("msgspec==0.0.0.dev999 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(
        StackError, match=r"could not be fetched:\n[\s\S]*msgspec[\s\S]*is the package index within reach"
    ):
        wheels.wheels(lock)
    assert not list((tmp_path / "cache").rglob("*.whl"))


class Daemon:
    """As much of a client as removing needs: images by name, with their labels."""

    def __init__(self, labels: dict[str, dict[str, str]], in_use: str = "") -> None:
        self.labels = labels
        self.in_use = in_use
        self.images = self

    def get(self, name: str) -> SimpleNamespace:
        if name not in self.labels:
            raise ImageNotFound(name)
        return SimpleNamespace(labels=self.labels[name])

    def list(self, filters: object) -> Sequence[SimpleNamespace]:
        return []

    def remove(self, name: str) -> None:
        if name == self.in_use:
            raise APIError("409", explanation="a container has it")
        del self.labels[name]


def test_what_was_built_here_is_removed_and_nothing_else(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(checkout / "cache"))
    mine = {recipe.image: {"harness.source": "0"} for recipe in recipes(checkout)}
    theirs = {"postgres:17": {"harness.source": "0"}, APP: {}}
    daemon = Daemon(mine | theirs)
    dotenv.write(checkout, {"REDIS_IMAGE": "harness-standin/redis:7.0"})
    remove_all(cast("DockerClient", daemon), lambda _: None, checkout)
    assert daemon.labels == theirs
    assert not (checkout / ".env").exists()


def test_an_image_that_a_container_has_is_told(checkout: Path) -> None:
    daemon = Daemon({HARNESS: {"harness.source": "0"}}, in_use=HARNESS)
    with pytest.raises(StackError, match=f"{HARNESS} cannot be removed: a container has it: remove the containers"):
        remove_all(cast("DockerClient", daemon), lambda _: None, checkout)


# -- with the daemon ----------------------------------------------------------------------------------------


def test_what_is_current_is_not_built_again(docker: "DockerClient", images: None) -> None:
    said: list[str] = []
    assert build_all(docker, said.append) == []
    assert said == []
    assert set(states(docker).values()) == {State.CURRENT}


def test_the_two_versions_of_the_target(docker: "DockerClient", images: None) -> None:
    assert version_of(docker, APP) == harness_version()
    assert version_of(docker, NEXT) == f"{harness_version()}-next"
    with pytest.raises(StackError, match=r"there is no image absent:1 here: run `make images`"):
        version_of(docker, "absent:1")
    with pytest.raises(StackError, match=r"harness-standin/redis:7.0 does not say which version it is"):
        version_of(docker, "harness-standin/redis:7.0")


def test_an_image_of_an_older_source_is_refused(docker: "DockerClient", images: None, checkout: Path) -> None:
    refuse_stale(docker, [APP, HARNESS, "somebody/elses:1"], checkout)
    changed(checkout, "target/app.py")
    refuse_stale(docker, ["somebody/elses:1", "harness-standin/redis:7.0"], checkout)
    with pytest.raises(
        StackError, match=f"{APP} and {HARNESS}: built from another source than this checkout holds: run `make images`"
    ):
        refuse_stale(docker, [APP, HARNESS], checkout)
    assert states(docker, checkout)[APP] is State.STALE


def test_a_build_that_fails_shows_its_last_lines(docker: "DockerClient", images: None, checkout: Path) -> None:
    dockerfile = checkout / "deploy/images/redis/Dockerfile"
    dockerfile.write_text("ARG BASE\nFROM ${BASE}\nRUN echo this is why && false\n")
    before = docker.images.get("harness-standin/redis:7.0").id
    with pytest.raises(StackError, match=r"harness-standin/redis:7.0 could not be built:\n[\s\S]*this is why"):
        build_all(docker, lambda _: None, checkout)
    # The one before is still there, and .env does not name what is not.
    assert docker.images.get("harness-standin/redis:7.0").id == before
    assert not (checkout / ".env").exists()


def test_the_harness_image_can_import_every_defect(docker: "DockerClient", images: None) -> None:
    printed = docker.containers.run(HARNESS, ["python", "-c", IMPORT_ALL_DEFECTS], remove=True, network_mode="none")
    assert int(printed) == len(list((PROJECT / "chaos/defects").glob("*.py"))) - 1


def test_images_that_go_to_production_hold_nothing_of_the_harness(docker: "DockerClient", images: None) -> None:
    # In the place of a volume, which would be left.
    printed = docker.containers.run(APP, ["ls", "/app"], remove=True, network_mode="none", tmpfs={"/data/uploads": ""})
    assert printed.split() == [b"target"]


def test_postgres_asks_for_a_password(docker: "DockerClient", images: None) -> None:
    container = docker.containers.run("harness-standin/postgres:15", detach=True, network_mode="none")
    try:
        assert container.wait(timeout=30)["StatusCode"] == 1
        assert b"POSTGRES_PASSWORD is not set" in container.logs()
    finally:
        container.remove(force=True, v=True)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_the_command_lists_what_there_is(docker: "DockerClient", images: None) -> None:
    listed = command("--check")
    assert listed.exit_code == 0
    assert [line.split()[0] for line in listed.output.splitlines()] == [recipe.image for recipe in recipes()]
    assert command().output == "all images are current\n"


def test_the_command_without_a_daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/absent.sock")
    failed = command("--check")
    assert failed.exit_code == 4
    assert failed.output.startswith("error: no Docker daemon answers at ")

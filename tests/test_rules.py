"""The rules of the house that no linter knows: importing does nothing, adding is one file, nothing is anybody's own."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

import chaos.defects
import chaos.drills
import chaos.faults
import chaos.probes
from harness import discovery
from harness.checks.judge import judge, kinds
from harness.cli.selftesting import is_named_by
from harness.defect import Defect
from harness.drill import Drill
from harness.fault import Fault
from harness.stack import Role
from harness.stacks.files import LEFT_OUT
from harness.stacks.plan import StackPlan
from tests.builders import plan_of, run_of

ROOT = Path(__file__).parent.parent
MOST_LINES = 400
ROOMS = ("harness", "target", "reports", "chaos")

LOOK = """
import json, os, pathlib, pkgutil, signal, sys, threading, importlib, socket

def look():
    return {
        "signal handlers": {str(s): str(signal.getsignal(s)) for s in signal.valid_signals()},
        "threads": [thread.name for thread in threading.enumerate()],
        "child processes": pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text(),
        "folder": os.getcwd(),
        "excepthook": str(sys.excepthook),
        "streams": [str(sys.stdout), str(sys.stderr)],
        "socket": str(socket.socket),
        "environment": dict(os.environ),
        "sockets": sorted(link for link in map(readlink, os.listdir("/proc/self/fd")) if link.startswith("socket:")),
        "gevent": "gevent" in sys.modules,
        "locust": "locust" in sys.modules,
    }

def readlink(fd):
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""

before, changed, imported = look(), [], 0
for room in sys.argv[1:]:
    package = importlib.import_module(room)
    modules = [module.name for module in pkgutil.walk_packages(package.__path__, room + ".")]
    for name in modules:
        # What is there to be run is not there to be imported.
        if name.endswith(".__main__"):
            continue
        importlib.import_module(name)
        imported += 1
        after = look()
        changed += [[name, what, before[what], after[what]] for what in before if before[what] != after[what]]
        before = after
print(json.dumps({"imported": imported, "changed": changed}))
"""


def files(*endings: str) -> list[Path]:
    """Every file of the repository, new ones too; ignored ones not."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"not a git checkout: {done.stderr.strip()}")
    paths = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path.name.endswith(endings or ("",))]


def modules_of(room: ModuleType) -> list[str]:
    """The names of a room's files, as people type them."""
    folder = Path(room.__path__[0])
    stems = [file.stem for file in folder.glob("*.py") if not file.stem.startswith("_")]
    return sorted(stem.replace("_", "-") for stem in stems)


def loaded(room: ModuleType) -> dict[str, ModuleType]:
    return {name: discovery.load(room, name, "module") for name in discovery.names(room)}


def test_importing_does_nothing_that_can_be_seen() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOOK, *ROOMS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    [line] = done.stdout.splitlines()
    seen = json.loads(line)
    assert seen["imported"] > 50
    assert seen["changed"] == []


def test_no_file_is_longer_than_a_person_reads() -> None:
    long = {
        str(file.relative_to(ROOT)): count
        for file in files(".py", ".html", ".css", ".sql", ".md", ".yml", ".cfg")
        if (count := len(file.read_text().splitlines())) >= MOST_LINES
    }
    assert long == {}


@pytest.mark.parametrize(
    "room", [chaos.drills, chaos.probes, chaos.faults, chaos.defects], ids=lambda room: room.__name__
)
def test_every_file_is_found(room: ModuleType) -> None:
    assert discovery.names(room) == modules_of(room) != []


def test_every_drill_file_has_a_drill() -> None:
    for name, module in loaded(chaos.drills).items():
        assert isinstance(module.DRILL, Drill), name
        assert module.DRILL.loads or any(phase.ask for phase in module.DRILL.phases), name
        assert module.DRILL.checks, name
        # Its name is its file's: a second one, written inside, could differ.
        assert module.DRILL.name == "", name


def test_every_probe_file_has_a_probe_that_asks_and_expects() -> None:
    for name, module in loaded(chaos.probes).items():
        assert isinstance(module.PROBE, Drill), name
        assert [phase.fault for phase in module.PROBE.timeline] == [None], name
        assert module.PROBE.timeline[0].ask is not None, name
        assert module.PROBE.checks, name
        assert module.PROBE.name == "", name


def test_a_probe_and_a_drill_never_share_a_name() -> None:
    assert set(discovery.names(chaos.probes)).isdisjoint(discovery.names(chaos.drills))


def test_every_fault_file_has_a_fault() -> None:
    for name, module in loaded(chaos.faults).items():
        own = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Fault) and value.__module__ == module.__name__
        ]
        assert [str(fault.__struct_config__.tag) for fault in own] == [name]


def played() -> dict[str, Drill]:
    """Drills and probes: whatever a defect may name."""
    drills = {name: module.DRILL for name, module in loaded(chaos.drills).items()}
    return drills | {name: module.PROBE for name, module in loaded(chaos.probes).items()}


def planned_for(defect: Defect) -> StackPlan:
    """The stack that its drill wants, where a defect may find more than on any other."""
    on = played()[defect.drill].on
    return on(StackPlan()) if on else StackPlan()


def test_every_defect_file_has_a_defect_that_changes_the_plan_or_the_files() -> None:
    for name, module in loaded(chaos.defects).items():
        assert isinstance(module.DEFECT, Defect), name
        assert module.DEFECT.name == "", name
        plan = planned_for(module.DEFECT)
        assert (module.DEFECT.spoil(plan) != plan) != (module.DEFECT.spoil_files is not None), name


def test_a_defect_of_the_files_still_finds_what_it_changes(tmp_path: Path) -> None:
    for name, module in loaded(chaos.defects).items():
        if module.DEFECT.spoil_files is not None:
            copy = tmp_path / name
            shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
            # Raises LookupError where the text that it rewrites is not there any more.
            module.DEFECT.spoil_files(copy)
            shutil.rmtree(copy)


def test_every_drill_has_a_defect_that_it_must_catch() -> None:
    assert {module.DEFECT.drill for module in loaded(chaos.defects).values()} == set(played())


def test_a_defect_s_own_application_can_be_imported() -> None:
    for name, module in loaded(chaos.defects).items():
        where, _, factory = module.DEFECT.spoil(planned_for(module.DEFECT)).app_factory.partition(":")
        assert callable(getattr(importlib.import_module(where), factory, None)), name


def test_every_defect_names_a_drill_and_a_finding_that_this_drill_has() -> None:
    drills = played()
    for name, module in loaded(chaos.defects).items():
        defect = module.DEFECT
        assert defect.drill in drills, name
        # Even of a run in which nothing was recorded every check of its drill says something.
        plan = msgspec.structs.replace(plan_of(), drill=drills[defect.drill].planned())
        findings = judge(run_of(plan=plan)).findings
        assert any(is_named_by(defect.caught_by, finding) for finding in findings), (name, defect.caught_by)


def test_a_drill_s_faults_and_checks_are_those_that_there_are() -> None:
    faults = set(discovery.names(chaos.faults))
    for name, drill in played().items():
        assert {phase.fault.name for phase in drill.phases if phase.fault} <= faults, name
        assert {check.name for check in drill.checks} <= set(kinds()), name
        assert set(drill.needs) <= set(Role), name
        assert msgspec.json.decode(msgspec.json.encode(drill.planned())), name


def test_the_command_lists_the_drills_and_probes_that_there_are_files_of() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli.main", "drills", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    listed = {drill["name"]: drill for drill in json.loads(done.stdout)}
    assert sorted(listed) == sorted(modules_of(chaos.drills) + modules_of(chaos.probes))
    for name, drill in played().items():
        assert listed[name] == {
            "name": name,
            "title": drill.title,
            "claims": list(drill.claims),
            "needs": list(drill.wants),
            "seconds": drill.seconds,
        }


# Put together here, so that this file does not hold what it looks for.
SOMEBODY_S_FOLDER = re.compile("|".join(["/home" + "/[a-z]", "/Use" + "rs/[A-Za-z]", "/ro" + "ot/", "/wo" + "rk/"]))
REGISTRY = re.compile(
    "|".join(
        [
            "py" + r"pi\.",
            "python" + r"hosted\.",
            "arti" + "factory",
            r"npm" + r"js\.",
            r"proxy\." + "golang",
            "/sim" + "ple/",
        ]
    )
)


@pytest.mark.parametrize("pattern", [SOMEBODY_S_FOLDER, REGISTRY], ids=["folder", "registry"])
def test_no_file_names_somebody_s_folder_or_where_packages_come_from(pattern: re.Pattern[str]) -> None:
    here = re.escape(str(ROOT)) + r"\b"
    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in files()
        if (match := re.search(f"{pattern.pattern}|{here}", file.read_text(errors="replace")))
    ]
    assert found == []

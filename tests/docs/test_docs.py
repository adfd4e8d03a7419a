"""The documentation is run: its code, its commands, its links, and every list that it gives."""

import importlib
import io
import random
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import click
import msgspec
import pytest

import chaos.defects
import chaos.drills
import chaos.faults
import chaos.probes
import scenarios
from harness import discovery
from harness.checks.judge import kinds, read_verdict
from harness.cli.main import cli, main
from harness.cli.options import drill_named
from harness.cli.selftesting import is_named_by
from harness.cli.stacks import opener_for
from harness.conductor import Conducted, conduct
from harness.conductor.load import locustfile
from harness.defect import Defect
from harness.drill import Drill, Load
from harness.errors import NotApplicable
from harness.fault import Fault
from harness.finding import Verdict
from harness.progress.base import Progress
from harness.run import Run
from harness.settings import Settings, read_settings
from harness.stack import Role
from harness.stacks.plan import StackPlan
from tests.builders import err, fault, gauge, generator, ok, phase, plan_of, record, state, steady, write
from tests.cli.commands import say
from tests.conductor.short import shortened
from tests.docs.alone import Alone
from tests.docs.messages import ANYTHING
from tests.docs.overlay import Overlay, overlaid
from tests.docs.pages import DOCS, PAGES, ROOT, Block, Page
from tests.docs.target import small_target

RUN = "20260101T120000Z-kill-instance"
SCALE = 0.35
RUNNABLE = {"python", "console", "toml"}
SHELLS = {"sh", "console", "bash", "shell"}
PATHS = re.compile(r"(?:target|scenarios|chaos|harness|reports|tests|docs|deploy|benchmarks)/[\w./-]*")
MODULES = re.compile(r"(?:target|scenarios|chaos|harness|reports)(?:\.\w+)+")

each_page = pytest.mark.parametrize("one", PAGES, ids=str)


# -- what is shown is run -----------------------------------------------------------------------------------


@pytest.fixture
def overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Overlay]:
    """A folder to run a page in, with one recorded run; the page's files lie over the rooms."""
    here = tmp_path / "here"
    (here / "runs" / RUN).mkdir(parents=True)
    a_run(here / "runs" / RUN)
    monkeypatch.chdir(here)
    # Looking for PgBouncer may go to the network.
    monkeypatch.setenv("HARNESS_PGBOUNCER", "absent")
    with overlaid(tmp_path / "overlay") as files:
        yield files


def a_run(folder: Path) -> None:
    """What `harness drill kill-instance` leaves, in small: two requests failed, and one met the fault half-way."""
    record(
        folder,
        phase("warm-up", 0, 3),
        phase("baseline", 3, 13.1),
        phase("fault", 13.1, 23.5),
        phase("recovery", 23.5, 33.5),
        steady(0, 13),
        ok(13.05, 0.2),
        [err(13.2, error="HTTP 502", status=502), err(13.3, error="HTTP 502", status=502), ok(13.4, 0.04)],
        steady(13.5, 23.35, latency=0.04),
        steady(23.5, 33.5),
        fault(asked=13, felt=13.1, heal=23, gone=23.5),
        state(13.5, "DOWN"),
        gauge(13.5, "lb", "app-2", "up", 0),
        *(generator(second + 0.25, arrivals=60) for second in range(34)),
        [write(f"post {number}") for number in range(20)],
        plan=msgspec.structs.replace(plan_of(), drill=drill_named("kill-instance").planned()),
    )


def shown(block: Block) -> list[str]:
    """What a block of Python says that it prints: the comments that begin with an arrow."""
    return re.findall(r"^\s*# → (.*)$", block.text, re.MULTILINE)


def commands(block: Block) -> list[tuple[str, list[str]]]:
    """A console's commands, each with the lines that it is shown to say."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    return [(command, said.splitlines()) for command, _, said in (part.partition("\n") for part in parts)]


def matches(pattern: list[str], said: str) -> bool:
    """Whether lines are as shown: … is anything within a line, and alone any number of lines."""
    lines = [
        r"(?:.*\n)*" if line == ANYTHING else ".*".join(map(re.escape, line.split(ANYTHING))) + r"\n"
        for line in pattern
    ]
    return re.fullmatch("".join(lines), "".join(f"{line.rstrip()}\n" for line in said.splitlines())) is not None


def run_harness(command: str) -> str:
    """The command within this process, so that it sees the page's files; what it says on both streams."""
    program, *arguments = shlex.split(command)
    assert program == "harness", f"only harness can be run, not {command!r}"
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit):
        main(arguments)
    return said.getvalue()


@each_page
def test_what_a_page_shows_is_what_happens(one: Page, overlay: Overlay) -> None:
    namespace: dict[str, object] = {"__name__": "__docs__"}
    for block in one.blocks:
        if not block.runs:
            continue
        where = f"{one}, line {block.line}"
        if block.file is not None:
            overlay.write(block.file, block.text)
        elif block.language == "python":
            said = io.StringIO()
            with redirect_stdout(said):
                exec(compile("\n" * (block.line - 1) + block.text, str(one), "exec"), namespace)
            assert said.getvalue().splitlines() == shown(block), where
        elif block.language == "console":
            for command, expected in commands(block):
                assert matches(expected, run := run_harness(command)), f"{where}: {command} says\n{run}"
        else:
            assert block.language == "toml", f"{where}: nobody knows how to run {block.language}"
            Path("harness.toml").write_text(block.text)
            assert read_settings(Path.cwd(), {}) == Settings(), f"{where} does not show the defaults"


@pytest.mark.parametrize("one", DOCS, ids=str)
def test_all_code_of_the_docs_is_run(one: Page) -> None:
    idle = [block.line for block in one.blocks if block.language in RUNNABLE and not block.runs]
    assert not idle, f"{one}: the blocks in lines {idle} are not run; write ```python run"


def test_a_run_that_was_cut_off_is_judged_as_its_page_says(overlay: Overlay) -> None:
    folder = Path("runs", RUN)
    (stream,) = folder.glob("requests/*.arrow")
    assert stream.read_bytes()[-8:] == bytes.fromhex("ff ff ff ff 00 00 00 00")
    stream.write_bytes(stream.read_bytes()[:-8])
    events = (folder / "events.jsonl").read_bytes()
    (folder / "events.jsonl").write_bytes(events[: events.rindex(b'"phase-ended"')])
    said = run_harness(f"harness report {folder}")
    assert "inconclusive" in said
    run = Run.open(folder)
    assert not run.whole
    assert run.spans[-1].end == run.end
    (found,) = [finding for finding in read_verdict(folder).findings if finding.check == "recording"]
    assert found.verdict is Verdict.INCONCLUSIVE


def examples(room: str) -> list[object]:
    files = [(one, block) for one in DOCS for block in one.blocks if (block.file or "").startswith(room)]
    return [pytest.param(block, id=f"{one.path.stem}-{block.line}") for one, block in files]


def blocks_of(room: str) -> list[Block]:
    return [block for one in DOCS for block in one.blocks if (block.file or "").startswith(room)]


def imported(block: Block, overlay: Overlay) -> ModuleType:
    assert block.file is not None
    module = overlay.write(block.file, block.text)
    assert module is not None
    return module


@pytest.mark.parametrize("block", examples("chaos/faults/"))
async def test_a_shown_fault_is_felt_and_gone(block: Block, overlay: Overlay) -> None:
    for companion in blocks_of("chaos/companions/"):
        imported(companion, overlay)
    module = imported(block, overlay)
    example = module.EXAMPLE
    assert isinstance(example, Fault)
    assert example.name == name_of(block)
    role, hop = (example.hops[0].server, example.hops[0]) if example.hops else (Role.APP, None)
    async with Alone(role, hop) as stack:
        aimed = example.aimed(stack, random.Random(1))
        again = msgspec.json.decode(msgspec.json.encode(aimed), type=type(aimed))
        assert again == aimed
        await again.heal(stack)
        for _ in range(2):
            felt = await aimed.inject(stack)
            await aimed.inject(stack)
            assert felt.began <= felt.seen
            gone = await again.heal(stack)
            await again.heal(stack)
            assert gone.at > felt.seen
            assert await stack.serves(role.value)


def import_with_what_it_needs(drill: Block, overlay: Overlay) -> None:
    for needed in blocks_of("chaos/asks/") + blocks_of("chaos/faults/"):
        imported(needed, overlay)
    for scenario in blocks_of("scenarios/"):
        assert scenario.file is not None
        overlay.write(scenario.file, scenario.text)
    imported(drill, overlay)


def with_shown_scenarios(drill: Drill, overlay: Overlay) -> Drill:
    """By their paths: only the load process imports them, and it looks nowhere but in the room."""

    def shown_scenario(load: Load) -> Load:
        file = overlay.folder / "scenarios" / f"{load.scenario.replace('-', '_')}.py"
        return msgspec.structs.replace(load, scenario=str(file)) if file.is_file() else load

    return msgspec.structs.replace(drill, loads=tuple(map(shown_scenario, drill.loads)))


@pytest.mark.parametrize("block", examples("chaos/drills/"))
def test_a_shown_drill_is_found_by_its_name(block: Block, overlay: Overlay) -> None:
    import_with_what_it_needs(block, overlay)
    drill = with_shown_scenarios(drill_named(name_of(block)), overlay)
    assert drill.title
    for load in drill.loads:
        assert locustfile(load.scenario, Path(scenarios.__file__).parent).is_file()
    assert discovery.names(chaos.drills).count(drill.name) == 1


@pytest.mark.parametrize("block", examples("chaos/drills/"))
async def test_a_shown_drill_passes(
    block: Block, overlay: Overlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARNESS_PGBOUNCER")
    import_with_what_it_needs(block, overlay)
    try:
        drill = with_shown_scenarios(drill_named(name_of(block)), overlay)
        done = await conducted(shortened(drill, SCALE), tmp_path)
    except NotApplicable as why:
        pytest.skip(str(why))
    assert done.verdict.verdict is Verdict.PASS, done.verdict


@pytest.mark.parametrize("block", examples("harness/checks/"))
def test_a_shown_check_is_found_by_its_name(block: Block, overlay: Overlay) -> None:
    imported(block, overlay)
    assert kinds()[name_of(block)].__module__ == f"harness.checks.{name_of(block)}"


async def conducted(drill: Drill, runs: Path, defect: Defect | None = None) -> Conducted:
    settings = Settings(runs=str(runs))
    return await conduct(drill, opener_for(drill, "embedded", settings, "docs", defect), settings, Progress(), 1)


@pytest.mark.parametrize("block", examples("chaos/probes/"))
async def test_a_shown_probe_sees_what_it_expects(
    block: Block, overlay: Overlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(block, overlay)
    assert discovery.names(chaos.probes).count(name_of(block)) == 1
    drill = drill_named(name_of(block))
    if not drill.needs_stack:
        monkeypatch.chdir(ROOT)
    done = await conducted(drill, tmp_path)
    assert {finding.check: finding.verdict for finding in done.verdict.findings}["observed"] is Verdict.PASS


@pytest.mark.parametrize("block", examples("chaos/defects/"))
async def test_a_shown_defect_spoils_what_its_drill_looks_at(
    block: Block, overlay: Overlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = imported(block, overlay).DEFECT
    assert isinstance(defect, Defect)
    drill = drill_named(defect.drill)
    assert defect.caught_by.split()[0] in {check.name for check in drill.checks}
    if drill.needs_stack:
        module, _, factory = defect.spoil(StackPlan()).app_factory.partition(":")
        assert callable(getattr(importlib.import_module(module), factory))
    else:
        monkeypatch.chdir(ROOT)
        done = await conducted(drill, tmp_path, defect)
        failed = [finding for finding in done.verdict.findings if finding.verdict is Verdict.FAIL]
        assert any(is_named_by(defect.caught_by, finding) for finding in failed)


@pytest.mark.parametrize("block", examples("scenarios/"))
def test_a_shown_scenario_is_played(block: Block, overlay: Overlay, tmp_path: Path) -> None:
    assert block.file is not None
    overlay.write(block.file, block.text)
    with small_target() as url:
        file = str(overlay.folder / block.file)
        said = say("load", file, "--rate", "30", "--duration", "500ms", "--host", url, "--json", folder=tmp_path)
    answer = msgspec.json.decode(said.out)
    run = Run.open(Path(answer["drills"][0]["run"]))
    # Whether the machine kept up is not this test's business.
    assert answer["verdict"] != "fail", said.err
    assert len(run.played) >= 10
    assert run.requests.error.counts() == {}
    assert "LEDGER" not in block.text or {write.outcome for write in run.writes} == {"acknowledged"}


def name_of(block: Block) -> str:
    return Path(block.file or "").stem.replace("_", "-")


# -- what is named is there ---------------------------------------------------------------------------------


@each_page
def test_every_link_leads_somewhere(one: Page) -> None:
    for link in one.links:
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        there = (one.path.parent / path).resolve() if path else one.path
        assert there.exists(), f"{one}: {link}"
        assert not anchor or anchor in Page(there).anchors, f"{one}: {link}"


@each_page
def test_every_file_and_module_that_is_named_exists(one: Page) -> None:
    own = {block.file for block in one.blocks}
    for span in one.spans:
        if PATHS.fullmatch(span):
            assert span in own or (ROOT / span).exists(), f"{one}: {span}"
        elif MODULES.fullmatch(span) and not span.endswith((".toml", ".py")):
            assert find_spec(span) is not None, f"{one}: {span}"


@each_page
def test_every_command_that_is_shown_can_be_typed(one: Page) -> None:
    shells = [block for block in one.blocks if block.language in SHELLS]
    lines = [line.removeprefix("$ ") for block in shells for line in block.text.splitlines()]
    for line in lines:
        for command in re.split(r"&&|\|(?!\|)", re.split(r"\s#\s", line)[0]):
            if command.split()[:1] in (["harness"], [".venv/bin/harness"]):
                parse(shlex.split(command.partition(">")[0] if '"' not in command else command)[1:], f"{one}: {line}")
    for span in one.spans:
        if match := re.match(r"harness ([a-z][\w-]*)", span):
            assert match[1] in cli.list_commands(click.Context(cli)), f"{one}: {span}"


def parse(arguments: list[str], where: str) -> None:
    """As far as click goes without doing anything."""
    if not arguments or arguments[0].startswith("-"):
        return
    group = click.Context(cli, info_name="harness")
    command = cli.get_command(group, arguments[0])
    assert command is not None, f"{where}: there is no such command"
    if {"--help", "-h"}.isdisjoint(arguments):
        try:
            command.make_context(arguments[0], arguments[1:], parent=group)
        except click.ClickException as error:
            pytest.fail(f"{where}: {error.format_message()}")

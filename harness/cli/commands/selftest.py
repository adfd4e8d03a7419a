from pathlib import Path

import click
import msgspec

from harness.cli.answers import SelftestAnswer
from harness.cli.kept import Conditions, Kept, conditions_of
from harness.cli.options import (
    COMPOSE,
    EMBEDDED,
    check_stack,
    json_option,
    print_json,
    progress_for,
    seed_option,
    seed_or_drawn,
    settings_here,
    stack_option,
)
from harness.cli.proofs import proofs
from harness.cli.selftable import columns, markdown, proved_by, table
from harness.cli.selftesting import Selftest, answered, defects_named, run_selftest, sampled
from harness.cli.stacks import run_interruptibly
from harness.cli.trying import side_by_side
from harness.clock import now, seconds
from harness.defect import Defect
from harness.errors import ExitStatus, Interrupted, UsageError

SCALES = {EMBEDDED: 0.35, COMPOSE: 0.5}
"""A container takes seconds to come back: drills need more of their time there."""

MOST_JOBS = 16


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One defect in the JSON of `--list`: the drill or probe that must catch it, and by which finding."""

    name: str
    drill: str
    caught_by: str
    title: str


@click.command(name="selftest")
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option(
    "--list",
    "only_list",
    is_flag=True,
    help="List the defects, what must catch each, and what proves which check; run nothing.",
)
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only so many of them, drawn by the seed.")
@click.option("--rounds", type=click.IntRange(min=0), default=1, show_default=True, help="Rounds on the clean target.")
@click.option(
    "--scale",
    type=click.FloatRange(min=0, max=1, min_open=True),
    help=f"Of the drills' times.  [default: {SCALES[EMBEDDED]:g}, on compose {SCALES[COMPOSE]:g}]",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1, max=MOST_JOBS),
    default=1,
    show_default=True,
    help="Trials with load at a time: about one for each core. Beside several, on embedded, one that only asks.",
)
@click.option(
    "--resume",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep each answer in this file, and go on where it ends.",
)
@click.option(
    "--markdown",
    "table_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the tables there.",
)
@stack_option
@seed_option
@json_option
def command(
    names: tuple[str, ...],
    only_list: bool,
    sample: int | None,
    rounds: int,
    scale: float | None,
    jobs: int,
    resume: Path | None,
    table_file: Path | None,
    stack: str,
    seed: int | None,
    as_json: bool,
) -> ExitStatus:
    """Every defect against the drill that must catch it, and the clean target against those drills.

    A defect that only some other check has caught is not caught. Of all defects together, each check must be proved
    by two.

    \b
    Examples:
      harness selftest
      harness selftest cache-is-required --rounds 0
      harness selftest --sample 10 --seed 7
      harness selftest --jobs 2
      harness selftest --resume runs/selftest.jsonl --markdown table.md
      harness selftest --stack compose
      harness selftest --list
    """
    kept_seed = conditions_of(resume) if resume else None
    seed = seed if seed is not None else kept_seed.seed if kept_seed else seed_or_drawn(None)
    defects = defects_named(names)
    if sample is not None:
        defects = sampled(defects, sample, seed)
    if only_list:
        _list(defects, as_json, whole=not names and sample is None)
        return ExitStatus.PASS
    stack = _startable(stack)
    test = Selftest(
        defects=tuple(defects),
        rounds=rounds,
        stack=stack,
        scale=scale or SCALES[stack],
        seed=seed,
        whole=not names and sample is None,
    )
    kept = Kept(resume, Conditions(stack=stack, scale=test.scale, seed=seed))
    if table_file is not None:
        # Known before the better part of an hour is spent.
        _write(table_file, "")
    answer, interrupted = _run(test, kept, jobs)
    if table_file is not None:
        _write(table_file, markdown(answer))
    if as_json:
        print_json(answer)
    else:
        click.echo(table(answer))
    if interrupted is not None:
        raise interrupted
    return answer.status


def _run(test: Selftest, kept: Kept, jobs: int) -> tuple[SelftestAnswer, Interrupted | None]:
    """What is done by then counts, also when somebody interrupts it."""
    settings, progress, began = settings_here(), progress_for(), now()
    interrupted = None
    try:
        if jobs > 1:
            run_interruptibly(side_by_side(test, progress, kept, jobs))
        else:
            run_interruptibly(run_selftest(test, settings, progress, kept))
    except Interrupted as stopped:
        interrupted = stopped
    finally:
        progress.close()
    return answered(test, kept, seconds(now() - began)), interrupted


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text)
    except OSError as error:
        raise UsageError(f"the tables cannot be written to {file}: {error.strerror}", "name another file") from error


def _startable(stack: str) -> str:
    if check_stack(stack) not in SCALES:
        raise UsageError(f"defects cannot be put into {stack}, which runs already", "use embedded or compose")
    return stack


def _list(defects: list[Defect], as_json: bool, *, whole: bool) -> None:
    if as_json:
        print_json([Listed(name=d.name, drill=d.drill, caught_by=d.caught_by, title=d.title) for d in defects])
        return
    for line in columns([(d.name, d.drill, d.caught_by, d.title) for d in defects]):
        click.echo(line)
    if whole:
        click.echo()
        click.echo(proved_by(proofs(defects)))

import shutil
import textwrap
from pathlib import Path

import click
import msgspec

from harness.claims import Evidence, Standing, read_claims, weigh
from harness.cli.options import all_proofs, check_known, commands_for, json_option, print_json, settings_here
from harness.errors import ExitStatus

SYMBOLS = {Standing.HOLDS: "✓", Standing.REFUTED: "✗", Standing.UNPROVEN: "?"}
COLOURS = {Standing.HOLDS: "blue", Standing.REFUTED: "yellow"}
NARROWEST, WIDEST = 60, 140
INDENT = " " * 4


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One claim in the JSON. `value` is the figure in words, `instead` what the guide should say."""

    id: str
    how: str
    verdict: str
    value: str | None
    run: str | None
    instead: str | None
    proofs: tuple[str, ...]
    missing: tuple[str, ...]


@click.command(name="claims")
@click.argument("names", nargs=-1, metavar="[CLAIM...]")
@json_option
def command(names: tuple[str, ...], as_json: bool) -> ExitStatus:
    """The guide, claim by claim, with the latest evidence that the recorded runs give.

    \b
    Examples:
      harness claims
      harness claims SEC-RATE DB-POOL
      harness claims --json
    """
    claims = read_claims()
    check_known("claim", names, [claim.id for claim in claims], "harness claims")
    wanted = [claim for claim in claims if not names or claim.id in names]
    evidence = weigh(wanted, all_proofs(), Path(settings_here().runs))
    if as_json:
        print_json([_answer(one) for one in evidence])
    else:
        _show(evidence)
    return ExitStatus.PASS


def _answer(one: Evidence) -> Answer:
    return Answer(
        id=one.claim.id,
        how=one.claim.how,
        verdict=one.standing.value,
        value=one.value or None,
        run=one.run or None,
        instead=one.instead or None,
        proofs=one.proofs,
        missing=one.missing,
    )


def _show(evidence: list[Evidence]) -> None:
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    for one in evidence:
        head = f"{SYMBOLS[one.standing]} {one.claim.id:<14} {one.standing.value:<14} "
        text = textwrap.shorten(one.claim.text, max(width - len(head), 20), placeholder=" …")
        click.echo(click.style(head, fg=COLOURS.get(one.standing)) + text)
        for line in _lines(one):
            click.echo(textwrap.fill(line, width, initial_indent=INDENT, subsequent_indent=INDENT))
    counts = {standing: sum(one.standing is standing for one in evidence) for standing in Standing}
    told = ", ".join(f"{count} {standing.value}" for standing, count in counts.items() if count)
    click.echo(f"\n{len(evidence)} claims: {told}")


def _lines(one: Evidence) -> list[str]:
    if one.standing is Standing.UNPROVEN and not one.proofs:
        return ["nothing proves it yet"]
    still = f"open: {one.claim.open}" if one.claim.open else "its drill is still to be written"
    in_part = f"in part ({still}): " if one.in_part else ""
    # Beside the figures that answer it.
    doubt = [f"doubted: {one.claim.doubt}"] if one.claim.doubt and one.value else []
    lines = [*doubt, f"{in_part}{one.value}  [{Path(one.run).name}]"] if one.value else []
    if one.missing:
        lines.append(f"to be run, or run again: {' and '.join(commands_for(one.missing))}")
    return lines

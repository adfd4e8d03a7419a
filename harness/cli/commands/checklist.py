import re
from pathlib import Path

import click
import msgspec

from harness.checklist import Checklist, Entry, Mark, exit_status, marked, read_checklists, standing_of
from harness.claims import Evidence, Standing, read_claims, weigh
from harness.cli.options import all_proofs, check_known, commands_for, json_option, print_json, settings_here
from harness.errors import ExitStatus, UsageError

SYMBOLS = {Mark.TICKED: "✓", Mark.REFUTED: "✗", Mark.UNPROVEN: "?", Mark.ASKED: "–"}
COLOURS = {Mark.TICKED: "blue", Mark.REFUTED: "yellow"}
# What would start markup. Figures and evidence come from servers.
MARKUP = re.compile(r"([\\`*_\[\]<>|@#~])")


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One claim of an item. `instead` is what the guide should say, where it is wrong and the target is not."""

    id: str
    verdict: str
    value: str | None
    run: str | None
    instead: str | None
    missing: tuple[str, ...]


class ItemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One item in the JSON. `asks` is the question for people, null where runs say it all."""

    list: str
    item: str
    verdict: str
    asks: str | None
    claims: tuple[ClaimAnswer, ...]


@click.command(name="checklist")
@click.argument("names", nargs=-1, metavar="[LIST...]")
@json_option
@click.option("--markdown", is_flag=True, help="A checklist in Markdown, for an issue or a pull request.")
def command(names: tuple[str, ...], as_json: bool, markdown: bool) -> ExitStatus:
    """The guide's deployment checklist: ticks what the recorded runs prove, and asks for the rest.

    Its three lists are before, during and after. Nothing is run. What only people can say is asked for, and does not
    change the exit status: 1 where a run refutes an item, 3 where no run proves one, else 0.

    \b
    Examples:
      harness checklist
      harness checklist before
      harness checklist --markdown > checklist.md
    """
    if as_json and markdown:
        raise UsageError("--json and --markdown exclude each other", "give one of them")
    claims = read_claims()
    lists = read_checklists(claim.id for claim in claims)
    check_known("checklist", names, [one.name for one in lists], "harness checklist")
    evidence = {one.claim.id: one for one in weigh(claims, all_proofs(), Path(settings_here().runs))}
    chosen = [(one, [marked(item, evidence) for item in one.item]) for one in lists if not names or one.name in names]
    if as_json:
        print_json([_answer(one, entry) for one, entries in chosen for entry in entries])
    elif markdown:
        click.echo("\n".join(line for one, entries in chosen for line in _markdown(one, entries)).rstrip())
    else:
        _show(chosen)
    return exit_status(entry for _, entries in chosen for entry in entries)


def _answer(one: Checklist, entry: Entry) -> ItemAnswer:
    return ItemAnswer(
        list=one.name,
        item=entry.item.text,
        verdict=entry.mark.value,
        asks=entry.item.person or None,
        claims=tuple(
            ClaimAnswer(
                id=its.claim.id,
                verdict=standing_of(its).value,
                value=its.value or None,
                run=its.run or None,
                instead=its.instead or None,
                missing=its.missing,
            )
            for its in entry.evidence
        ),
    )


def _markdown(one: Checklist, entries: list[Entry]) -> list[str]:
    lines = [f"## {one.title}", ""]
    for entry in entries:
        box = "x" if entry.mark is Mark.TICKED else " "
        told = " (refuted)" if entry.mark is Mark.REFUTED else ""
        lines.append(f"- [{box}] {_plain(entry.item.text)}{told}")
        lines += [f"  - {_plain(line)}" for line in _lines(entry)]
    return [*lines, ""]


def _plain(text: str) -> str:
    return " ".join(MARKUP.sub(r"\\\1", text).split())


def _show(chosen: list[tuple[Checklist, list[Entry]]]) -> None:
    for one, entries in chosen:
        click.echo(click.style(one.title, bold=True))
        for entry in entries:
            click.echo(click.style(f"{SYMBOLS[entry.mark]} {entry.item.text}", fg=COLOURS.get(entry.mark)))
            for line in _lines(entry):
                click.echo(f"    {line}")
        click.echo()
    marks = [entry.mark for _, entries in chosen for entry in entries]
    told = ", ".join(f"{marks.count(mark)} {mark.value}" for mark in Mark if mark in marks)
    click.echo(f"{len(marks)} items: {told}")


def _lines(entry: Entry) -> list[str]:
    lines = [_line(one) for one in entry.evidence]
    return [*lines, f"only a person can say: {entry.item.person}"] if entry.item.person else lines


def _line(one: Evidence) -> str:
    name, standing = one.claim.id, standing_of(one)
    if standing is Standing.UNPROVEN:
        if one.missing:
            commands = " and ".join(f"`{command}`" for command in commands_for(one.missing))
            return f"{name}: not proved by any run: run {commands}"
        if not one.proofs:
            return f"{name}: nothing proves it yet"
        still = one.claim.open or "its drill is still to be written"
        return f"{name}: proved in part, open: {still}"
    told = {Standing.HOLDS: "", Standing.REFUTED: "refuted: "}.get(standing, "")
    return f"{name}: {told}{one.value.rstrip('.')} [{Path(one.run).name}]"

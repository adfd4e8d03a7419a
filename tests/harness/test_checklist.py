"""The guide's deployment checklist: what runs tick, what they refute, and what is asked for."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.checklist import Entry, Item, Mark, exit_status, marked, read_checklists
from harness.claims import Claim, Evidence, Standing, read_claims
from harness.cli.commands.checklist import command
from harness.errors import ExitStatus, UsageError

IDS = [claim.id for claim in read_claims()]
PRE = ["All tests passing", "Security scans completed", "Environment variables configured"]


def known(name: str, standing: Standing, *, instead: str = "", missing: tuple[str, ...] = ()) -> Evidence:
    claim = Claim(id=name, how="drill", text="so it is")
    run = "" if standing is Standing.UNPROVEN else "runs/20260101T000000Z-a-drill"
    return Evidence(
        claim=claim, standing=standing, proofs=("a-drill",), value="p95 3 ms", instead=instead, run=run, missing=missing
    )


def entry(*evidence: Evidence, person: str = "") -> Entry:
    item = Item(text="All well", claims=tuple(one.claim.id for one in evidence), person=person)
    return marked(item, {one.claim.id: one for one in evidence})


HOLDS = known("A", Standing.HOLDS)
UNPROVEN = known("B", Standing.UNPROVEN, missing=("a-drill",))
REFUTED = known("C", Standing.REFUTED)
GUIDE_IS_WRONG = known("D", Standing.REFUTED, instead="say so")
GUIDE_IS_WRONG_IN_PART = known("E", Standing.REFUTED, instead="say so", missing=("another",))


def test_it_is_the_guides_three_lists_in_its_own_words() -> None:
    lists = read_checklists(IDS)
    assert [(one.name, one.title, len(one.item)) for one in lists] == [
        ("before", "Pre-deployment", 8),
        ("during", "Deployment", 6),
        ("after", "Post-deployment", 5),
    ]
    assert [item.text for item in lists[0].item][:3] == PRE


@pytest.mark.parametrize(
    ("evidence", "person", "mark"),
    [
        ((HOLDS,), "", Mark.TICKED),
        ((HOLDS,), "Is it?", Mark.ASKED),
        ((), "Is it?", Mark.ASKED),
        ((HOLDS, UNPROVEN), "Is it?", Mark.UNPROVEN),
        ((UNPROVEN, REFUTED), "Is it?", Mark.REFUTED),
        ((GUIDE_IS_WRONG,), "", Mark.TICKED),
        ((GUIDE_IS_WRONG_IN_PART,), "", Mark.UNPROVEN),
    ],
)
def test_the_mark_follows_from_the_claims(evidence: tuple[Evidence, ...], person: str, mark: Mark) -> None:
    assert entry(*evidence, person=person).mark is mark


def test_the_exit_status_is_that_of_the_worst_item_and_people_change_nothing() -> None:
    good, asked = entry(HOLDS), entry(person="Is it?")
    assert exit_status([good, asked]) is ExitStatus.PASS
    assert exit_status([good, entry(UNPROVEN)]) is ExitStatus.INCONCLUSIVE
    assert exit_status([entry(UNPROVEN), entry(REFUTED)]) is ExitStatus.FAIL


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[[list", "cannot be read"),
        ('[[list]]\nname = "a"', "cannot be read"),
        ('[[list]]\nname = "a"\ntitle = "A"\n[[list.item]]\ntext = "x"\nclaims = ["NO-SUCH"]', "NO-SUCH"),
        ('[[list]]\nname = "a"\ntitle = "A"\n[[list.item]]\ntext = "x"', "has nothing to tick 'x' by"),
    ],
)
def test_a_wrong_registry_is_refused(text: str, wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "checklist.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=re.escape(wrong)):
        read_checklists(IDS, file)


@pytest.fixture
def nothing_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_RUNS", str(tmp_path))


@pytest.mark.usefixtures("nothing_ran")
def test_what_no_run_proves_is_asked_for_with_the_command_that_does() -> None:
    result = CliRunner().invoke(command, ["before"], standalone_mode=False)
    assert result.return_value is ExitStatus.INCONCLUSIVE
    assert "SEC-ENV: not proved by any run: run `harness drill fail-fast-settings`" in result.output
    assert "only a person can say: Was a backup made" in result.output
    assert "Post-deployment" not in result.output


@pytest.mark.usefixtures("nothing_ran")
def test_for_machines_it_is_one_list_of_all_items() -> None:
    result = CliRunner().invoke(command, ["--json"], standalone_mode=False)
    items = json.loads(result.output)
    assert len(items) == 19
    assert [item["item"] for item in items][:3] == PRE
    assert {item["verdict"] for item in items} == {"unproven", "asked"}
    assert items[2]["claims"][0]["missing"] == ["fail-fast-settings"]


@pytest.mark.usefixtures("nothing_ran")
def test_in_markdown_people_tick_the_rest() -> None:
    lines = CliRunner().invoke(command, ["--markdown"], standalone_mode=False).output.splitlines()
    assert [line for line in lines if line.startswith("## ")] == [
        "## Pre-deployment",
        "## Deployment",
        "## Post-deployment",
    ]
    assert sum(line.startswith("- [ ] ") for line in lines) == 19


@pytest.mark.parametrize("arguments", [["never"], ["--json", "--markdown"]])
def test_wrong_usage_is_refused(arguments: list[str]) -> None:
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert isinstance(result.exception, UsageError)

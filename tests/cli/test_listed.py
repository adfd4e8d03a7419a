"""What the command lists without starting anything: drills and probes, defects, and the guide with its evidence."""

import json
import re
from pathlib import Path

import msgspec
import pytest

import chaos.defects
import chaos.drills
import chaos.probes
from harness import discovery
from harness.checks.judge import judge, write_verdict
from harness.claims import read_claims
from harness.cli.options import drill_named
from harness.cli.proofs import proofs
from harness.cli.selftesting import defects_named
from harness.run import Observation, PlannedDrill, Run
from tests.builders import at, phase, plan_of, record
from tests.cli.commands import say
from tests.conductor.harnesses import Remains

PROBE = "forged-tokens"
CLAIM = "SEC-JWT"
TEAPOT = 418
PROBES_ENOUGH, DEFECTS_ENOUGH = 20, 40


def recorded(runs: Path, name: str, *, as_expected: bool) -> Path:
    """A run of the probe as it would be: all that it saw is as its checks expect, or nothing is."""
    folder = runs / name
    folder.mkdir(parents=True)
    planned: PlannedDrill = drill_named(PROBE).planned()
    checks = [msgspec.json.decode(raw) for raw in planned.checks]
    seen = [
        Observation(t=at(1), of=check["of"], case=f"case {number}", value=check["equals"] if as_expected else TEAPOT)
        for check in checks
        for number in range(check.get("cases", 1))
    ]
    record(folder, phase("probe", 0, 2), *seen, plan=msgspec.structs.replace(plan_of(), drill=planned))
    write_verdict(folder, judge(Run.open(folder)))
    return folder


def test_drills_and_probes_are_listed_apart_and_together_for_machines(tmp_path: Path) -> None:
    drills, probes = discovery.names(chaos.drills), discovery.names(chaos.probes)
    assert len(probes) >= PROBES_ENOUGH
    lines = say("drills", folder=tmp_path).out.splitlines()
    between = lines.index("")
    assert lines[0].startswith("Drills")
    assert lines[between + 1].startswith("Probes")
    assert sorted(line.split()[0] for line in lines[1:between]) == drills
    assert [line.split()[0] for line in lines[between + 2 :]] == probes
    listed = json.loads(say("drills", "--json", folder=tmp_path).out)
    assert sorted(one["name"] for one in listed) == sorted(drills + probes)


def test_a_probe_s_dry_run_says_what_it_expects_and_touches_nothing(tmp_path: Path) -> None:
    remains = Remains()
    said = say("drill", PROBE, "--dry-run", folder=tmp_path)
    assert said.status == 0
    title, asks, *expects = said.out.splitlines()
    assert re.fullmatch(rf"{PROBE}: .+ \(at most \d+ s\)", title)
    assert re.fullmatch(r"  probe +\d+ s  asks the stack", asks)
    assert [line.removeprefix("  expects    ") for line in expects] == [
        check.describe() for check in drill_named(PROBE).checks
    ]
    assert not (tmp_path / "runs").exists()
    remains.none_after(0)


def test_the_defects_are_listed_with_what_must_catch_them_and_nothing_is_run(tmp_path: Path) -> None:
    defects = discovery.names(chaos.defects)
    assert len(defects) >= DEFECTS_ENOUGH
    said = say("selftest", "--list", folder=tmp_path)
    assert said.status == 0
    lines = said.out.splitlines()
    between = lines.index("")
    assert [line.split()[0] for line in lines[:between]] == defects
    # Then which of them prove each check that can fail.
    assert [line.split()[0] for line in lines[between + 1 :]] == [proof.check for proof in proofs(defects_named([]))]
    assert all(" proved by " in line for line in lines[between + 1 :])
    listed = json.loads(say("selftest", "--list", "--json", folder=tmp_path).out)
    assert [one["name"] for one in listed] == defects
    known = {*discovery.names(chaos.drills), *discovery.names(chaos.probes)}
    assert {one["drill"] for one in listed} <= known
    assert all(one["caught_by"] and one["title"] for one in listed)
    assert not (tmp_path / "runs").exists()


def test_defects_can_be_listed_by_name(tmp_path: Path) -> None:
    said = say("selftest", "slow-feed", "--list", "--json", folder=tmp_path)
    assert json.loads(said.out) == [
        {
            "name": "slow-feed",
            "drill": "steady",
            "caught_by": "slo http.p95 baseline",
            "title": "The feed sleeps at random",
        }
    ]


def test_without_a_run_no_claim_holds(tmp_path: Path) -> None:
    said = say("claims", folder=tmp_path)
    assert said.status == 0
    heads = [line for line in said.out.splitlines() if line[:1] in "✓✗?–" and line]
    assert [line.split()[1] for line in heads] == [claim.id for claim in read_claims()]
    assert {line.split()[2] for line in heads} == {"unproven"}
    assert re.search(r"^63 claims: 63 unproven$", said.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("as_expected", "symbol", "standing"), [(True, "✓", "holds"), (False, "✗", "refuted")], ids=["holds", "refuted"]
)
def test_the_latest_run_is_a_claims_evidence(as_expected: bool, symbol: str, standing: str, tmp_path: Path) -> None:
    recorded(tmp_path / "runs", f"20260101T000000Z-{PROBE}", as_expected=not as_expected)
    run = recorded(tmp_path / "runs", f"20260101T000001Z-{PROBE}", as_expected=as_expected)
    head, *evidence = say("claims", CLAIM, folder=tmp_path, COLUMNS="100").out.splitlines()
    assert head.split()[:3] == [symbol, CLAIM, standing]
    assert f"[{run.name}]" in " ".join(evidence).replace("- ", "-")
    assert evidence[-1] == f"1 claims: 1 {standing}"
    (answer,) = json.loads(say("claims", CLAIM, "--json", folder=tmp_path).out)
    assert (answer["id"], answer["how"], answer["verdict"]) == (CLAIM, "probe", standing)
    assert Path(answer["run"]) == run
    assert ("forged-tokens 401" in answer["value"]) is as_expected
    assert (str(TEAPOT) in answer["value"]) is not as_expected
    assert PROBE in answer["proofs"]
    assert answer["missing"] == []


def test_for_machines_there_is_one_answer_for_each_claim(tmp_path: Path) -> None:
    answers = json.loads(say("claims", "--json", folder=tmp_path).out)
    assert [answer["id"] for answer in answers] == [claim.id for claim in read_claims()]
    fields = {"id", "how", "verdict", "value", "run", "instead", "proofs", "missing"}
    assert all(fields <= set(answer) for answer in answers)

"""The guide's formulas for the connections of an instance, with the guide's own examples."""

import json

import pytest
from click.testing import CliRunner

from harness.cli.commands.pool_plan import command
from harness.errors import UsageError
from harness.pool_plan import planned, shared_out


def test_the_guides_example_of_its_second_formula() -> None:
    plan = planned(100, 4)
    assert (plan.per_instance, plan.total) == (15, 60)


def test_the_guides_example_of_its_first_formula() -> None:
    assert shared_out(100, 5) == 20


def test_they_disagree_for_the_same_fleet() -> None:
    assert planned(100, 5).per_instance == 12


def test_the_margin_is_for_one_more_instance_and_not_for_twice_as_many() -> None:
    plan = planned(100, 4)
    assert plan.fits(plan.while_deploying(1))
    assert not plan.fits(plan.while_deploying(4))


@pytest.mark.parametrize(
    ("max_connections", "instances", "reserved", "share"),
    [
        (100, 0, 20, 0.75),
        (20, 3, 20, 0.75),
        (100, 3, -1, 0.75),
        (100, 3, 20, 0.0),
        (100, 3, 20, 1.5),
        (30, 40, 20, 0.75),
    ],
)
def test_what_cannot_be_planned_is_refused(max_connections: int, instances: int, reserved: int, share: float) -> None:
    with pytest.raises(UsageError, match="cannot share"):
        planned(max_connections, instances, reserved=reserved, share=share)


def test_the_command_says_what_each_may_hold_and_what_a_deploy_takes() -> None:
    said = CliRunner().invoke(command, ["--instances", "4"]).output.splitlines()
    assert said[0] == "connection_limit=15"
    assert [line.split(":")[0].split()[-4] for line in said[1:]] == ["60", "75", "120"]
    assert "too many" in said[3]
    machine = json.loads(CliRunner().invoke(command, ["--instances", "4", "--json"]).output)
    assert machine == {"max_connections": 100, "reserved": 20, "instances": 4, "per_instance": 15}

"""No role may act on everything where AWS lets it name a resource, by the list of actions that AWS publishes."""

from collections.abc import Iterator

import pytest
from policy_sentry.querying.actions import get_action_data

from tests.aws.assembly import Assembly
from tests.aws.iam import Statement, statements
from tests.aws.iam_checks import DOCUMENTED_PATTERNS
from tests.aws.resources import Environment

# They take a resource and are called without one, which IAM judges as a call of everything.
ASKS_FOR_ALL = {
    "ce:GetCostAndUsage": "its resource is a billing view; a call without one is about the account's own",
    "rds:DescribeExportTasks": "exports are found by bucket or by their own id, not by a snapshot",
    "cloudwatch:DescribeAlarms": "the check before a deployment looks for alarms by how their names begin",
    "elasticache:DescribeSnapshots": "a review looks for snapshots of any name",
}


def names_resources(action: str) -> bool:
    """Return whether an action supports resources; that they are optional is no reason to allow all of them."""
    service, _, name = action.partition(":")
    known = get_action_data(service, name)
    assert known, f"AWS lists no action {action}: the policy grants nothing"
    return any(row["resource_arn_format"] != "*" for row in known[service])


def everything(assembly: Assembly) -> Iterator[Statement]:
    for environment in assembly.environments:
        yield from statements(environment)


@pytest.mark.plan("SEC-2", "SEC-9/roles")
def test_no_role_acts_on_everything_where_a_resource_can_be_named(assembly: Assembly) -> None:
    assert [
        f"{said.holder} may {action} on *"
        for said in everything(assembly)
        if said.effect == "Allow" and "*" in said.resources
        for action in said.actions
        if names_resources(action) and action not in ASKS_FOR_ALL
    ] == []


def test_roles_of_every_kind_of_stack_are_checked(assembly: Assembly) -> None:
    checked = {str(said.holder).partition("/")[0] for said in everything(assembly)}
    assert {"GoodiesAccount", "GoodiesAccount-Recovery", "GoodiesDelivery", "GoodiesProd", "GoodiesDev-Data"} <= checked


@pytest.mark.parametrize(
    ("action", "named"), [("ecr:PutImage", True), ("s3:GetObject", True), ("xray:PutTraceSegments", False)]
)
def test_it_is_known_which_actions_name_resources(action: str, named: bool) -> None:
    assert names_resources(action) is named


@pytest.mark.plan("SEC-9/roles")
def test_no_role_may_all_actions_of_a_kind(assembly: Assembly) -> None:
    assert [
        f"{said.holder} may {action}"
        for said in everything(assembly)
        if said.effect == "Allow"
        for action in said.actions
        if "*" in action and action not in DOCUMENTED_PATTERNS
    ] == []


@pytest.mark.plan("SEC-9/roles")
def test_every_action_exists(assembly: Assembly) -> None:
    actions = {action for said in everything(assembly) for action in said.actions} - DOCUMENTED_PATTERNS.keys()
    assert [action for action in sorted(actions) if not get_action_data(*action.split(":", 1))] == []


@pytest.mark.plan("SEC-9/roles")
def test_roles_of_the_account_are_taken_by_services_only(account: Environment) -> None:
    for role in account.resources("AWS::IAM::Role"):
        for said in role["AssumeRolePolicyDocument"]["Statement"]:
            assert str(said["Principal"]["Service"]).endswith(".amazonaws.com"), role

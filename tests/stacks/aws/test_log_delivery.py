"""Logs that services of AWS deliver: the names of their log groups."""

from collections.abc import Iterator

import pytest

from tests.aws.assembly import Assembly
from tests.aws.resources import Resource, leaves

# Each makes its service add the log group to a resource policy of CloudWatch Logs ("Logs sent to CloudWatch Logs",
# CloudWatch Logs user guide), with the property that names the group.
DELIVERED = {
    "AWS::ElastiCache::ReplicationGroup": "LogDeliveryConfigurations",
    "AWS::StepFunctions::StateMachine": "LoggingConfiguration",
    "AWS::WAFv2::LoggingConfiguration": "LogDestinationConfigs",
}
# What that policy holds as one entry, and what AWS WAF takes ("Logging destinations", AWS WAF developer guide).
PREFIXES = ("/aws/vendedlogs/", "aws-waf-logs-")


def delivered(assembly: Assembly) -> Iterator[Resource]:
    """Yield the log groups that services deliver to."""
    for environment in assembly.environments:
        for resource in environment.resources():
            for leaf in leaves(resource.get(DELIVERED.get(resource.type, ""), [])):
                if isinstance(leaf, Resource) and leaf.type == "AWS::Logs::LogGroup":
                    yield leaf


@pytest.mark.plan("SEC-11")
def test_no_stack_that_is_made_again_fills_the_policy_of_all_delivered_logs(assembly: Assembly) -> None:
    """The policy holds 5120 characters, and what is once in it stays: names that are drawn at random fill it."""
    groups = set(delivered(assembly))
    assert {group.type for group in groups} == {"AWS::Logs::LogGroup"}
    assert [str(group) for group in groups if not str(group.get("LogGroupName", "")).startswith(PREFIXES)] == []


def test_every_named_log_group_has_a_name_of_its_own(assembly: Assembly) -> None:
    names = [
        (stack.account, stack.region, group.properties["LogGroupName"])
        for stack in assembly.stacks.values()
        for group in stack.resources.values()
        if group.type == "AWS::Logs::LogGroup" and isinstance(group.properties.get("LogGroupName"), str)
    ]
    assert [name for name in names if names.count(name) > 1] == []

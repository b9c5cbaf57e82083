"""Order of creation: a resource that acts while a stack is created waits for its role's policies and its log group."""

import copy

import pytest

from assembly import Stack
from tests.aws.assembly import Assembly
from tests.aws.creation_order import (
    ACTS_AT_CREATION,
    ACTS_LATER,
    references,
    roles_of,
    unordered,
    waits_for,
    without_log_group,
)


def test_what_acts_as_a_role_at_creation_waits_for_the_roles_policies(assembly: Assembly) -> None:
    assert [found for stack in assembly.stacks.values() for found in unordered(stack)] == []


def test_of_every_resource_with_a_role_it_is_known_when_it_acts(assembly: Assembly) -> None:
    known = {*ACTS_AT_CREATION, *ACTS_LATER, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role"}
    assert {
        resource.type
        for stack in assembly.stacks.values()
        for resource in stack.resources.values()
        if not resource.type.startswith("Custom::") and roles_of(stack, resource)
    } - known <= {"AWS::Lambda::Permission", "AWS::IAM::InstanceProfile"}


def test_a_custom_resource_waits_for_the_log_group_of_its_function(assembly: Assembly) -> None:
    assert [found for stack in assembly.stacks.values() for found in without_log_group(stack)] == []


@pytest.mark.plan("SEC-11")
def test_every_function_has_a_log_group_that_expires(assembly: Assembly) -> None:
    """Lambda makes a missing one itself, and keeps it for ever; the CDK's own functions run in deployments only."""
    found = []
    for stack in assembly.stacks.values():
        groups = [body for body in stack.resources.values() if body.type == "AWS::Logs::LogGroup"]
        named = {name for group in groups for name in references(group.body["Properties"].get("LogGroupName"))}
        for name, resource in stack.resources.items():
            if resource.type == "AWS::Lambda::Function" and name not in named:
                logging = resource.body["Properties"].get("LoggingConfig", {})
                if "LogGroup" not in logging and not name.startswith("CustomVpcRestrictDefaultSG"):
                    found.append(str(resource))
    assert found == []


def without_dependencies(stack: Stack, kind: str) -> Stack:
    changed = copy.deepcopy(stack)
    for resource in changed.resources.values():
        if resource.type.startswith(kind):
            resource.body.pop("DependsOn", None)
    return changed


@pytest.mark.parametrize(
    ("stack", "kind"),
    [
        ("GoodiesAccount", "AWS::Config::DeliveryChannel"),
        ("GoodiesProd-Data", "AWS::StepFunctions::StateMachine"),
        ("GoodiesProd-Data", "AWS::Lambda::Function"),
        ("GoodiesProd-Data", "Custom::"),
    ],
)
def test_a_missing_dependency_is_found(assembly: Assembly, stack: str, kind: str) -> None:
    changed = without_dependencies(assembly.stacks[stack], kind)
    assert [found for found in unordered(changed) if found]


def test_a_log_group_that_comes_too_late_is_found(assembly: Assembly) -> None:
    assert without_log_group(without_dependencies(assembly.stacks["GoodiesProd-Data"], "Custom::"))


def test_the_order_follows_references_of_references(assembly: Assembly) -> None:
    stack = assembly.stacks["GoodiesProd-Data"]
    (instance,) = (name for name, resource in stack.resources.items() if resource.type == "AWS::RDS::DBInstance")
    (role,) = (name for name in stack.resources if name.startswith("DatabaseInstanceMonitoringRole"))
    assert role in waits_for(stack, instance)

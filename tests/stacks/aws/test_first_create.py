"""First creation of a stack that fails: its resources are deleted, so that the next creation meets none of them."""

import json

import pytest

from tests.aws.assembly import Assembly
from tests.aws.iam import attributes


@pytest.mark.plan("ENV-4/data", "DR-1")
def test_what_is_retained_goes_when_its_first_create_fails(assembly: Assembly) -> None:
    # "Behaves like Retain for all stack operations except for the stack operation that initially creates the resource"
    # (DeletionPolicy attribute, CloudFormation user guide). With Retain, a name, a replica key or a bucket stays, and
    # the second create is refused, or makes another one.
    kept = [
        f"{resource} stays when the create that makes it rolls back"
        for stack in assembly.stacks.values()
        for resource in stack.resources.values()
        if resource.body.get("DeletionPolicy") == "Retain"
    ]
    assert kept == []


@pytest.mark.parametrize("name", ["GoodiesDev", "GoodiesStaging"])
def test_nothing_refuses_to_go_where_the_environment_may_be_destroyed(assembly: Assembly, name: str) -> None:
    # A protected database or load balancer also keeps the create that failed from rolling back.
    environment = assembly.environment(name)
    (balancer,) = environment.resources("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert attributes(balancer, "LoadBalancerAttributes")["deletion_protection.enabled"] == "false"
    assert [
        str(database)
        for database in environment.resources("AWS::RDS::DBInstance")
        if database.get("DeletionProtection")
    ] == []


def test_nothing_can_fail_beside_a_replica_of_a_key(assembly: Assembly) -> None:
    # A region has one replica of a key, also while it waits for its deletion (ReplicateKey, AWS KMS API reference).
    companions = [
        f"{resource} is in the stack of a replica key"
        for stack in assembly.stacks.values()
        if any(resource.type == "AWS::KMS::ReplicaKey" for resource in stack.resources.values())
        for resource in stack.resources.values()
        if resource.type not in {"AWS::KMS::ReplicaKey", "AWS::CDK::Metadata"}
    ]
    assert companions == []


def test_the_log_of_each_function_belongs_to_its_stack(assembly: Assembly) -> None:
    # Lambda makes a log group that is missing: it is kept for ever, also after a create that failed.
    missing = [
        f"{function} has no log group"
        for stack in assembly.stacks.values()
        for function in stack.resources.values()
        if function.type == "AWS::Lambda::Function"
        and "LoggingConfig" not in function.properties
        and not any(
            f'"{function.id}"' in json.dumps(group.properties.get("LogGroupName", ""))
            for group in stack.resources.values()
            if group.type == "AWS::Logs::LogGroup"
        )
    ]
    assert missing == []


def test_a_custom_resource_waits_for_the_log_of_its_function(assembly: Assembly) -> None:
    # Lambda makes a log group that is missing: the stack that makes it later is refused (aws/aws-cdk#667), and one that
    # is deleted before the last call of the function comes back.
    early = [
        str(custom)
        for stack in assembly.stacks.values()
        for custom in stack.resources.values()
        if custom.type.startswith("Custom::")
        for group in stack.resources.values()
        if group.type == "AWS::Logs::LogGroup"
        and f'"{custom.properties["ServiceToken"]["Fn::GetAtt"][0]}"' in json.dumps(group.properties)
        and group.id not in custom.body.get("DependsOn", [])
    ]
    assert early == []

"""Commands that clear a stack whose first create failed, so that it can be deployed again.

CloudFormation cannot update such a stack. The CDK CLI deletes it by itself, unless it is termination-protected, which
the CLI makes it before the create begins; and no deletion lifts the protection of a database or a load balancer.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local.cloud import EmbeddedCloud
from local.commands import Command

_FAILED = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS")


def clearing_commands(cloud: EmbeddedCloud, stack: Mapping[str, Any], region: str) -> list[Command]:
    """Return the commands that delete a stack whose first create failed; none for any other stack.

    Args:
        cloud: where the stack is.
        stack: as CloudFormation describes it; empty where there is none.
        region: of the stack.
    """
    status = stack.get("StackStatus", "")
    if status not in _FAILED:
        return []
    name = stack["StackName"]
    commands = [] if _was_complete(cloud, name, region) else list(_lifted_protections(cloud, name, region))
    if stack.get("EnableTerminationProtection"):
        unprotected = {"StackName": name, "EnableTerminationProtection": False}
        commands.append(Command("cloudformation", "update_termination_protection", region, unprotected))
    return [*commands, Command("cloudformation", "delete_stack", region, {"StackName": name})]


def _was_complete(cloud: EmbeddedCloud, name: str, region: str) -> bool:
    """Return whether the stack's create succeeded once: what it protects then holds data."""
    answers = cloud.client("cloudformation", region).get_paginator("describe_stack_events").paginate(StackName=name)
    return any(
        event["LogicalResourceId"] == name and event["ResourceStatus"] == "CREATE_COMPLETE"
        for answer in answers
        for event in answer["StackEvents"]
    )


def _lifted_protections(cloud: EmbeddedCloud, name: str, region: str) -> Iterator[Command]:
    """Yield what lifts the protection of each resource that could not be deleted."""
    answers = cloud.client("cloudformation", region).get_paginator("list_stack_resources").paginate(StackName=name)
    for resource in (item for answer in answers for item in answer["StackResourceSummaries"]):
        if resource["ResourceStatus"] != "DELETE_FAILED":
            continue
        match resource["ResourceType"]:
            case "AWS::RDS::DBInstance":
                yield Command(
                    "rds",
                    "modify_db_instance",
                    region,
                    {
                        "DBInstanceIdentifier": resource["PhysicalResourceId"],
                        "DeletionProtection": False,
                        "ApplyImmediately": True,
                    },
                )
            case "AWS::ElasticLoadBalancingV2::LoadBalancer":
                yield Command(
                    "elbv2",
                    "modify_load_balancer_attributes",
                    region,
                    {
                        "LoadBalancerArn": resource["PhysicalResourceId"],
                        "Attributes": [{"Key": "deletion_protection.enabled", "Value": "false"}],
                    },
                )

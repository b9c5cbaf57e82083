"""Stacks of an environment in the order of their deletion, and the deletion of one."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from admin.aws import Client
from admin.errors import DestroyError
from assembly import Assembly, Stack
from operations.release.names import prefix

_POLL_SECONDS = 5
# A distribution takes up to half an hour, and a VPC waits for the network interfaces of functions.
_TIMEOUT_SECONDS = 2 * 3600
_GONE = "DELETE_COMPLETE"


def stacks_of(assembly: Assembly, environment: str) -> list[Stack]:
    """Return an environment's stacks, each before what it depends on."""
    deployed = assembly.with_dependencies([prefix(environment)])
    return [stack for stack in reversed(deployed) if stack.environment == environment]


def existing(client: Client, stacks: Iterable[Stack]) -> list[Stack]:
    """Return those of the stacks that are in the account.

    Raises:
        DestroyError: CloudFormation is at work on one.
    """
    states = {stack.name: _state(client, stack.name, stack.region) for stack in stacks}
    busy = [f"{name} is {state}" for name, state in states.items() if state.endswith("_IN_PROGRESS")]
    if busy:
        raise DestroyError(f"{', '.join(busy)}: wait until that has ended. Nothing was changed.")
    return [stack for stack in stacks if states[stack.name]]


def require_deletable(client: Client, stacks: Sequence[Stack]) -> None:
    """Refuse to begin where a resource refuses its deletion.

    Raises:
        DestroyError: the account still protects what the environment's file no longer does.
    """
    held = [
        (kind, str(each["PhysicalResourceId"]), stack)
        for stack in stacks
        for each in _resources(client, stack)
        if (kind := each["ResourceType"]) in _PROTECTED and each["ResourceStatus"] != _GONE
    ]
    protected = [f"{name} ({stack.name})" for kind, name, stack in held if _PROTECTED[kind](client, name, stack.region)]
    if protected:
        raise DestroyError(
            f"{', '.join(protected)}: protected against deletion in the account, which the environment's file is not."
            " Deploy the stack, and run this again. Nothing was changed."
        )


def delete(
    client: Client, stack: Stack, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Delete a stack and wait for its end; its termination protection is lifted first.

    Raises:
        DestroyError: CloudFormation could not delete it.
    """
    api = client("cloudformation", region_name=stack.region)
    (found,) = api.describe_stacks(StackName=stack.name)["Stacks"]
    if found.get("EnableTerminationProtection"):
        api.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
    say(f"{stack.name} ({stack.region}): deleting")
    began = time.monotonic()
    # With the role of `cdk bootstrap`, which the last deploy has left with the stack (DeleteStack, API reference).
    api.delete_stack(StackName=stack.name)
    for _ in range(_TIMEOUT_SECONDS // _POLL_SECONDS):
        state = _state(client, found["StackId"], stack.region)
        if not state:
            say(f"{stack.name} ({stack.region}): deleted in {time.monotonic() - began:.0f} s")
            return
        if not state.endswith("_IN_PROGRESS"):
            break
        sleep(_POLL_SECONDS)
    reasons = "".join(f"\n  {reason}" for reason in _reasons(api, found["StackId"]))
    raise DestroyError(
        f"{stack.name} is {state}, and what was deployed before it stays:{reasons}\n"
        "Remove the cause and run this again; it goes on from there."
    )


def _state(client: Client, stack: str, region: str) -> str:
    """Return a stack's status; empty where it is gone or was never there."""
    try:
        (found,) = client("cloudformation", region_name=region).describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return ""
        raise
    return "" if found["StackStatus"] == _GONE else str(found["StackStatus"])


def _resources(client: Client, stack: Stack) -> list[Any]:
    pages = client("cloudformation", region_name=stack.region).get_paginator("list_stack_resources")
    return [each for page in pages.paginate(StackName=stack.name) for each in page["StackResourceSummaries"]]


def _reasons(api: Any, stack_id: str) -> list[str]:
    """Return why resources were not deleted, of the last attempt."""
    found = []
    for event in api.describe_stack_events(StackName=stack_id)["StackEvents"]:
        if event["PhysicalResourceId"] == stack_id and event["ResourceStatus"] == "DELETE_IN_PROGRESS":
            break
        if event["ResourceStatus"] == "DELETE_FAILED" and event["PhysicalResourceId"] != stack_id:
            found.append(f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}")
    return found


def _database_is_protected(client: Client, name: str, region: str) -> bool:
    found = client("rds", region_name=region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return any(each["DeletionProtection"] for each in found)


def _balancer_is_protected(client: Client, name: str, region: str) -> bool:
    api = client("elbv2", region_name=region)
    found = api.describe_load_balancer_attributes(LoadBalancerArn=name)["Attributes"]
    return {"Key": "deletion_protection.enabled", "Value": "true"} in found


_PROTECTED = {
    "AWS::RDS::DBInstance": _database_is_protected,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer_is_protected,
}

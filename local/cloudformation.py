"""Stacks as the embedded cloud's CloudFormation tells of them: how they are, why they failed, what is left to do."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud
from local.problem import Problem

_WAIT_SECONDS = 600
_BROKEN = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS")


def settle(cloud: EmbeddedCloud, name: str, region: str) -> None:
    """Bring a stack to where a deploy can begin.

    A deploy that was interrupted goes on in CloudFormation, and is waited for. A stack whose first creation failed
    cannot be updated; it is removed, as the CDK CLI would, but without its termination protection, which the CLI heeds.

    Raises:
        Problem: the stack does not come to rest, or cannot be removed.
    """
    status = _wait_while(cloud, name, region, lambda status: status.endswith("_IN_PROGRESS") and status not in _BROKEN)
    if status not in _BROKEN:
        return
    cloudformation = cloud.client("cloudformation", region)
    cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName=name)
    if _wait_while(cloud, name, region, lambda status: status == "DELETE_IN_PROGRESS") == "DELETE_FAILED":
        raise _hopeless(cloud, name, region)


def describe(cloud: EmbeddedCloud, name: str, region: str) -> Mapping[str, Any]:
    """A stack as CloudFormation describes it; empty where it does not exist."""
    try:
        return dict(cloud.client("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0])
    except ClientError:
        return {}


def failures(cloud: EmbeddedCloud, name: str, region: str) -> list[str]:
    """What CloudFormation says of each resource of a stack that failed in its last operation."""
    api = cloud.client("cloudformation", region)
    try:
        newest_first = api.describe_stack_events(StackName=name)["StackEvents"]
        validations = api.describe_events(StackName=name)["OperationEvents"]
    except ClientError:
        return []
    begins = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
    found = []
    for event in newest_first:
        if event["LogicalResourceId"] == name and event["ResourceStatus"] in begins:
            break
        if event["ResourceStatus"].endswith("_FAILED") and event["LogicalResourceId"] != name:
            found.append(f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}")
    found += [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ValidationStatusReason']}"
        for event in validations
        if "ValidationStatusReason" in event
    ]
    return found


def _wait_while(cloud: EmbeddedCloud, name: str, region: str, busy: Callable[[str], bool]) -> str:
    """Wait until a stack is no longer busy, and return the status it has then."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while busy(status := str(describe(cloud, name, region).get("StackStatus", ""))):
        if time.monotonic() > deadline:
            raise _hopeless(cloud, name, region)
        time.sleep(0.2)
    return status


def _hopeless(cloud: EmbeddedCloud, name: str, region: str) -> Problem:
    stack = describe(cloud, name, region)
    return Problem(
        f"Stack {name} in {region} is {stack.get('StackStatus')} from an earlier deploy, and stays so: "
        f"{stack.get('StackStatusReason', 'no reason is given')}. `make destroy` removes it with everything else; then "
        "`make deploy` begins anew."
    )

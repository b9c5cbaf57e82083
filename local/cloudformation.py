"""Stacks of the embedded cloud's CloudFormation: their status, failures, and recovery before a deploy."""

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console

from local.cloud import EmbeddedCloud
from local.commands import run
from local.errors import EmbeddedCloudError
from local.failed_creates import clearing_commands

_STALL_SECONDS = 60
_REVIEWED = "REVIEW_IN_PROGRESS"  # a change set that nobody executed: nothing is at work


def stabilize(cloud: EmbeddedCloud, name: str, region: str, console: Console) -> None:
    """Bring a stack into a state from which a deploy can begin.

    A deploy that was interrupted goes on in CloudFormation, and is waited for. A stack that makes no progress, because
    a custom resource lost its function for instance, is ended by a restart. A stack whose first create failed cannot be
    updated; the commands that clear it in an account are printed and run.

    Raises:
        EmbeddedCloudError: the stack cannot be removed.
    """
    status = _wait_while_in_progress(cloud, name, region)
    if _in_progress(status):
        cloud.stop()
        cloud.start()
    commands = clearing_commands(cloud, describe(cloud, name, region), region)
    if not commands:
        return
    run(commands, cloud, console)
    if _wait_while_in_progress(cloud, name, region) not in ("", "DELETE_COMPLETE"):
        stack = describe(cloud, name, region)
        raise EmbeddedCloudError(
            f"Stack {name} in {region} failed earlier and cannot be removed: it is {stack.get('StackStatus')}, "
            f"{stack.get('StackStatusReason', 'for no reason given')}. `make destroy` removes it with everything else; "
            "then run the command again."
        )


def describe(cloud: EmbeddedCloud, name: str, region: str) -> Mapping[str, Any]:
    """A stack as CloudFormation describes it; empty where it does not exist."""
    try:
        return dict(cloud.client("cloudformation", region).describe_stacks(StackName=name)["Stacks"][0])
    except ClientError:
        return {}


def failures(cloud: EmbeddedCloud, name: str, region: str) -> list[str]:
    """Return the reason of each resource that failed in the stack's last operation, else the stack's own reason."""
    api = cloud.client("cloudformation", region)
    try:
        answers = api.get_paginator("describe_stack_events").paginate(StackName=name)
        newest_first = [event for answer in answers for event in answer["StackEvents"]]
        validations = api.describe_events(StackName=name)["OperationEvents"]
    except ClientError:
        return []
    begins = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
    of_resources: list[str] = []
    of_stack: list[str] = []
    for event in newest_first:
        if event["LogicalResourceId"] == name and event["ResourceStatus"] in begins:
            break
        if event["ResourceStatus"].endswith("_FAILED"):
            reasons = of_stack if event["LogicalResourceId"] == name else of_resources
            reasons.append(f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ResourceStatusReason']}")
    of_resources += [
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event['ValidationStatusReason']}"
        for event in validations
        if "ValidationStatusReason" in event
    ]
    return of_resources or of_stack


def _wait_while_in_progress(cloud: EmbeddedCloud, name: str, region: str) -> str:
    """Wait while a stack makes progress, and return the status it has then."""
    api = cloud.client("cloudformation", region)
    newest, deadline = "", 0.0
    while _in_progress(status := _status(cloud, name, region)):
        event = api.describe_stack_events(StackName=name)["StackEvents"][0]["EventId"]
        if event != newest:
            newest, deadline = event, time.monotonic() + _STALL_SECONDS
        elif time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return status


def _in_progress(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and status != _REVIEWED


def _status(cloud: EmbeddedCloud, name: str, region: str) -> str:
    return str(describe(cloud, name, region).get("StackStatus", ""))

"""Deployment hook that refuses a deployment while a rollback alarm is on; ECS calls it before it starts a task.

ECS reads no alarm during a deployment that begins while one is on ("How CloudWatch alarms detect Amazon ECS deployment
failures", Amazon ECS developer guide): the release would be judged by nothing. One that is marked as urgent with a
reason passes, and on call is notified.

Environment: ``ALARM_PREFIX``, how the names of the rollback alarms begin, and what ``hook`` needs.
"""

import os
from typing import Any

import boto3

from operations.release.hook import SUCCEEDED, AwsError, HookAnswer, publish, refuse, release, urgency


def handle(_event: dict[str, Any], _context: object) -> HookAnswer:
    """Answer ECS before it starts the tasks of a deployment."""
    tag = "the release"
    try:
        tag = release()
        alarms = alarms_that_are_on(os.environ["ALARM_PREFIX"])
        reason = urgency(tag) if alarms else ""
    except AwsError as error:
        return refuse(tag, f"The rollback alarms cannot be read: {error}")
    if not alarms:
        return SUCCEEDED
    names = ", ".join(alarms)
    if not reason:
        return refuse(
            tag,
            f"{names} is on. ECS would read no alarm during this deployment, and would not roll it back. Wait until the"
            " alarm is off; a release that repairs the cause is marked as urgent with the reason, make release URGENT=",
        )
    print(f"{tag} is urgent: {reason}")
    return _pass_as_urgent(tag, names, reason)


def alarms_that_are_on(prefix: str) -> list[str]:
    """Return the names of the alarms that are on, of those whose names begin so."""
    pages = (
        boto3.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, StateValue="ALARM")
    )
    return sorted(alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"])


def _pass_as_urgent(tag: str, names: str, reason: str) -> HookAnswer:
    environment = os.environ["ENVIRONMENT"]
    try:
        publish(
            "ON_CALL",
            subject=f"{environment}: {tag} is deployed without protection",
            text=f"{tag} is deployed to {environment} although {names} is on: ECS does not roll it back by an alarm. "
            f"Reason: {reason}\n\nWatch it until the deployment has ended. Runbook: {os.environ['RUNBOOK']}",
        )
    except AwsError as error:
        return refuse(tag, f"{names} is on, and on call cannot be notified of the urgent release: {error}")
    return SUCCEEDED

"""Answers of a deployment hook to ECS, and what people read of a refusal.

ECS keeps no reason: a deployment that a hook has refused says so, and not why ("Lambda hooks for Amazon ECS service
deployments", Amazon ECS developer guide). So a refusal is written into a parameter beside the release record, as
"<tag> <reason>", and published to the team.

Environment: ``ENVIRONMENT``, the name as in the alarms; ``RELEASE``, ``URGENT`` and ``REFUSAL``, names of parameters;
``TEAM``, ``ON_CALL`` and ``RUNBOOK``.
"""

import os
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

HookAnswer = dict[str, Any]
SUCCEEDED: HookAnswer = {"hookStatus": "SUCCEEDED"}
FAILED: HookAnswer = {"hookStatus": "FAILED"}
AwsError = (BotoCoreError, ClientError)
# A standard parameter holds 4 KiB ("Managing parameter tiers", Systems Manager user guide).
_LONGEST_REASON = 1000
# The longest subject of a message (Publish, SNS API reference).
_LONGEST_SUBJECT = 99


def release() -> str:
    """Return the tag of the release that is recorded for deployment."""
    return read("RELEASE")


def urgency(tag: str) -> str:
    """Return the reason for which a release is urgent; empty where it is not.

    The parameter holds "<tag> <reason>", so it is true of one release only.
    """
    urgent, _, reason = read("URGENT").partition(" ")
    return reason.strip() if urgent == tag else ""


def read(variable: str) -> str:
    """Return the value of the parameter that a variable of the environment names."""
    answer = boto3.client("ssm").get_parameter(Name=os.environ[variable])
    return str(answer["Parameter"]["Value"])


def refuse(tag: str, reason: str) -> HookAnswer:
    """Refuse the deployment of a release, and say why where people read it.

    A deployment is refused even if nobody can be told.
    """
    reason = reason[:_LONGEST_REASON]
    print(f"{tag} is refused: {reason}")
    try:
        boto3.client("ssm").put_parameter(
            Name=os.environ["REFUSAL"], Value=f"{tag} {reason}", Type="String", Overwrite=True
        )
        publish(
            "TEAM",
            subject=f"{os.environ['ENVIRONMENT']}: {tag} is refused",
            text=f"The deployment of {tag} to {os.environ['ENVIRONMENT']} is refused, and the release before goes on: "
            f"{reason}\n\nRunbook: {os.environ['RUNBOOK']}",
        )
    except AwsError as error:
        print(f"The refusal is not published: {error}")
    return FAILED


def publish(variable: str, *, subject: str, text: str) -> None:
    """Publish a message to the topic that a variable of the environment names."""
    boto3.client("sns").publish(TopicArn=os.environ[variable], Subject=subject[:_LONGEST_SUBJECT], Message=text)

"""Written reasons for findings of the checkers that a resource keeps on purpose."""

import re
from functools import cache
from typing import cast

from aws_cdk import CfnResource, Stack, Validations
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import IConstruct

_CFN_LINT = re.compile(r"[EWI]\d{4}")


def acknowledge(construct: IConstruct, *findings: str, because: str) -> None:
    """Say why findings at this one construct are accepted.

    Args:
        construct: the construct concerned; what lies below it is covered, what lies beside it is not.
        findings: ids as the checkers print them: ``AwsSolutions-SMG4``, ``AwsSolutions-IAM5[Resource::*]`` (cdk-nag),
            ``CKV_AWS_18`` (checkov), ``E1022`` (cfn-lint).
        because: the reason, one sentence.
    """
    of_checkov = [{"id": finding, "comment": because} for finding in findings if finding.startswith("CKV")]
    of_cfn_lint = [finding for finding in findings if _CFN_LINT.fullmatch(finding)]
    of_nag = [finding for finding in findings if not finding.startswith("CKV") and finding not in of_cfn_lint]
    if of_checkov:
        resource = _resource(construct)
        known = (resource.get_metadata("checkov") or {}).get("skip", [])
        resource.add_metadata("checkov", {"skip": [*known, *of_checkov]})
    if of_cfn_lint:
        ignored = {"config": {"ignore_checks": of_cfn_lint}, "because": because}
        _resource(construct).add_metadata("cfn-lint", ignored)
    if of_nag:
        # The CDK's own `acknowledge` refuses the ids of findings within a rule, which hold more than one "::".
        construct.node.add_metadata(_key_of_nag(), dict.fromkeys(of_nag, because))


@cache
def _key_of_nag() -> str:
    return Validations.ACKNOWLEDGED_RULES_METADATA_KEY


def acknowledge_deployment_function(function: IConstruct) -> None:
    """Accept what the checkers find at a function of the CDK's own that runs only while a stack is deployed."""
    acknowledge(
        function,
        "CKV_AWS_115",
        "CKV_AWS_116",
        "CKV_AWS_117",
        "Serverless-LambdaDLQ",
        "Serverless-LambdaDefaultMemorySize",
        "Serverless-LambdaTracing",
        because="The CDK's own function runs while a stack is deployed, and the deployment reports its failure",
    )


def acknowledge_state_machine(machine: sfn.StateMachine) -> None:
    """Accept that log delivery and tracing know no resources ("Actions defined by CloudWatch Logs", "… by X-Ray")."""
    acknowledge(
        machine.role.node.find_child("DefaultPolicy"),
        "AwsSolutions-IAM5[Resource::*]",
        "CKV_AWS_111",
        because="The actions of log delivery and tracing know no resources",
    )


def objects_in(bucket: s3.Bucket, prefix: str = "") -> str:
    """Return the id under which cdk-nag reports a right to all objects below a prefix of a bucket."""
    return f"AwsSolutions-IAM5[Resource::<{Stack.of(bucket).get_logical_id(_resource(bucket))}.Arn>/{prefix}*]"


def _resource(construct: IConstruct) -> CfnResource:
    return construct if isinstance(construct, CfnResource) else cast(CfnResource, construct.node.default_child)

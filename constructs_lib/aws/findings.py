"""Written reasons for findings of the checkers that a resource keeps on purpose."""

import re
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
    for finding in findings:
        if finding.startswith("CKV"):
            _add_to_list(construct, "checkov", "skip", {"id": finding, "comment": because})
        elif _CFN_LINT.fullmatch(finding):
            resource = _resource(construct)
            resource.add_metadata("cfn-lint", {"config": {"ignore_checks": [finding]}, "because": because})
        else:
            # The CDK's own `acknowledge` refuses the ids of findings within a rule, which hold more than one "::".
            construct.node.add_metadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {finding: because})


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


def _add_to_list(construct: IConstruct, tool: str, entry: str, value: dict[str, str]) -> None:
    resource = _resource(construct)
    known = (resource.get_metadata(tool) or {}).get(entry, [])
    resource.add_metadata(tool, {entry: [*known, value]})

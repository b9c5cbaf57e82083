"""Suppressions of cdk-nag, checkov and cfn-lint, each at one construct and with its reason."""

import re
from functools import cache

from aws_cdk import CfnResource, Stack, Validations
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from constructs_lib.aws.base.cfn import cfn

_CFN_LINT = re.compile(r"[EWI]\d{4}")


def acknowledge(construct: IConstruct, *rule_ids: str, because: str) -> None:
    """Suppress rules of the checkers at one construct.

    Args:
        construct: construct whose subtree is covered.
        rule_ids: ids as the checkers print them: ``AwsSolutions-SMG4``, ``AwsSolutions-IAM5[Resource::*]`` (cdk-nag),
            ``CKV_AWS_18`` (checkov), ``E1022`` (cfn-lint).
        because: the reason, one sentence.
    """
    checkov = [{"id": rule_id, "comment": because} for rule_id in rule_ids if rule_id.startswith("CKV")]
    cfn_lint = [rule_id for rule_id in rule_ids if _CFN_LINT.fullmatch(rule_id)]
    nag = [rule_id for rule_id in rule_ids if not rule_id.startswith("CKV") and rule_id not in cfn_lint]
    if checkov:
        resource = cfn(construct, CfnResource)
        known = (resource.get_metadata("checkov") or {}).get("skip", [])
        resource.add_metadata("checkov", {"skip": [*known, *checkov]})
    if cfn_lint:
        ignored = {"config": {"ignore_checks": cfn_lint}, "because": because}
        cfn(construct, CfnResource).add_metadata("cfn-lint", ignored)
    if nag:
        # The CDK's own `acknowledge` refuses ids with more than one "::", which findings within a rule have.
        construct.node.add_metadata(_key_of_nag(), dict.fromkeys(nag, because))


@cache
def _key_of_nag() -> str:
    return Validations.ACKNOWLEDGED_RULES_METADATA_KEY


def acknowledge_deployment_function(function: IConstruct) -> None:
    """Suppress the rules that the CDK's own deployment functions break; they run only while a stack is deployed."""
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


def objects_in(bucket: s3.Bucket, prefix: str = "") -> str:
    """Return cdk-nag's rule id for a permission on all objects below ``prefix``, which ends with its slash."""
    return f"AwsSolutions-IAM5[Resource::<{Stack.of(bucket).get_logical_id(cfn(bucket, CfnResource))}.Arn>/{prefix}*]"

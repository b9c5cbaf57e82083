"""CloudWatch log groups with encryption and a retention, those that services deliver to, and the logs of web ACLs."""

from collections.abc import Sequence

from aws_cdk import Fn, RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from constructs_lib.aws.base.cfn import cfn

_ONLY_BLOCKED = {
    "DefaultBehavior": "DROP",
    "Filters": [
        {
            "Behavior": "KEEP",
            "Requirement": "MEETS_ANY",
            "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
        }
    ],
}


def log_group(
    scope: Construct, construct_id: str, *, days: int, key: kms.IKey | None = None, name: str | None = None
) -> logs.LogGroup:
    """Return a log group.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        days: retention, one of the numbers that CloudWatch Logs accepts.
        key: encryption key; None only for logs that are not confidential.
        name: name of the group; only where the writer requires a certain one.
    """
    group = logs.LogGroup(
        scope, construct_id, log_group_name=name, encryption_key=key, removal_policy=RemovalPolicy.DESTROY
    )
    # The construct takes an enumeration without a constructor from days.
    cfn(group, logs.CfnLogGroup).retention_in_days = days
    return group


def delivered_log_group(scope: Construct, construct_id: str, *, days: int, key: kms.IKey, writer: str) -> logs.LogGroup:
    """Return a log group that a service of AWS delivers a log to; its name says of which construct.

    Such a service adds the log group to a resource policy of CloudWatch Logs, which all of a region share. It holds
    5120 characters, and nothing is removed from it again. Groups below this prefix share one entry ("Avoiding Amazon
    CloudWatch Logs resource policy size restrictions", Step Functions developer guide; aws/aws-cdk#28577).

    Args:
        scope: parent construct, which has one such log.
        construct_id: id below the parent.
        days: retention, one of the numbers that CloudWatch Logs accepts.
        key: encryption key.
        writer: service that delivers the log, by the first part of its principal's name: ``states``.
    """
    return log_group(scope, construct_id, days=days, key=key, name=f"/aws/vendedlogs/{writer}/{scope.node.path}")


def log_web_acl(
    scope: Construct,
    acl: waf.CfnWebACL,
    *,
    name: str,
    days: int,
    key: kms.IKey,
    secret_headers: Sequence[str] = (),
    only_blocked: bool = False,
) -> None:
    """Log the requests that a web ACL has judged, without what proves who sent them.

    Args:
        scope: parent construct.
        acl: the web ACL.
        name: end of the log group's name.
        days: retention of the log group.
        key: encrypts it.
        secret_headers: headers whose values are left out, besides those of users.
        only_blocked: whether only refused requests are logged.
    """
    # WAF requires this prefix of the group's name ("Logging destinations", AWS WAF developer guide).
    group = log_group(scope, "Log", days=days, key=key, name=f"aws-waf-logs-{name}")
    waf.CfnLoggingConfiguration(
        scope,
        "Logging",
        resource_arn=acl.attr_arn,
        # WAF refuses the ARN with the ":*" that CloudFormation returns.
        log_destination_configs=[Fn.select(0, Fn.split(":*", group.log_group_arn))],
        redacted_fields=[
            waf.CfnLoggingConfiguration.FieldToMatchProperty(single_header={"Name": header})
            for header in (*secret_headers, "authorization", "cookie")
        ],
        logging_filter=_ONLY_BLOCKED if only_blocked else None,
    )

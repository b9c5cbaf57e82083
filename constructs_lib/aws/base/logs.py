"""CloudWatch log groups with encryption and a retention."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.aws.base.cfn import cfn


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

"""Checks of secrets in plain text and of wide permissions; each returns the offenders, none when all is well."""

import re
from collections.abc import Iterator

from tests.aws.iam import environment_variables, statements
from tests.aws.resources import Environment, Resource, leaves

# Actions that AWS defines without a resource to name ("Actions, resources, and condition keys", service authorization).
NO_RESOURCE_TO_NAME = {
    "backup:ListCopyJobs": "a list of jobs has no resource",
    "rds:DescribeExportTasks": "exports are found by bucket or by their own id, not by a snapshot",
    "cloudwatch:DescribeAlarms": "a call that names alarms by their beginning is one of all of them",
    "cloudwatch:PutMetricData": "a metric is no resource; a condition names its namespace",
    "elasticloadbalancing:DescribeRules": "load balancing names no resource where it describes",
    "elasticloadbalancing:DescribeTargetHealth": "load balancing names no resource where it describes",
    "ecr:GetAuthorizationToken": "a token is for the whole registry",
    "s3:ListAllMyBuckets": "the list is of the account",
    "ssmmessages:CreateControlChannel": "a channel has no name",
    "ssmmessages:CreateDataChannel": "a channel has no name",
    "ssmmessages:OpenControlChannel": "a channel has no name",
    "ssmmessages:OpenDataChannel": "a channel has no name",
    "logs:CreateLogDelivery": "log delivery has no resource",
    "logs:DeleteLogDelivery": "log delivery has no resource",
    "logs:DescribeLogGroups": "log delivery looks its group up",
    "logs:DescribeResourcePolicies": "log delivery has no resource",
    "logs:GetLogDelivery": "log delivery has no resource",
    "logs:ListLogDeliveries": "log delivery has no resource",
    "logs:PutResourcePolicy": "log delivery has no resource",
    "logs:UpdateLogDelivery": "log delivery has no resource",
    "secretsmanager:GetRandomPassword": "a new password belongs to nothing",
    "xray:GetSamplingRules": "traces have no resource",
    "xray:GetSamplingTargets": "traces have no resource",
    "xray:PutTelemetryRecords": "traces have no resource",
    "xray:PutTraceSegments": "traces have no resource",
}

# Patterns of actions that a page of AWS asks for by that pattern; they stand with one bucket's objects only.
DOCUMENTED_PATTERNS = {
    "s3:DeleteObject*": "StartExportTask, RDS API reference, IamRoleArn",
    "s3:GetObject*": "StartExportTask, RDS API reference, IamRoleArn",
    "s3:PutObject*": "StartExportTask, RDS API reference, IamRoleArn",
}

_SECRET_NAME = re.compile(r"PASSW|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE_?KEY", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r"\{\{resolve:(secretsmanager|ssm-secure)|://[^/@\s]+:[^/@\s]+@|AKIA[0-9A-Z]{16}|BEGIN .*PRIVATE KEY"
)
_RESOLVE = "{{resolve:secretsmanager:"
# CloudFormation has no other way to hand a secret to these.
_RESOLVES_SECRETS = {
    ("AWS::RDS::DBInstance", "MasterUserPassword"),
    ("AWS::ElastiCache::ReplicationGroup", "AuthToken"),
    ("AWS::CloudFront::Distribution", "DistributionConfig"),
    ("AWS::WAFv2::RegexPatternSet", "RegularExpressionList"),
}


def plain_secrets(environment: Environment) -> list[str]:
    """Name the variables and properties in which a secret could be read."""
    return [*_secret_variables(environment), *_resolved_secrets(environment)]


def _secret_variables(environment: Environment) -> Iterator[str]:
    for holder, name, value in environment_variables(environment):
        # A reference to a secret, which its reader resolves, is none.
        if _SECRET_VALUE.search(str(value)) or (_SECRET_NAME.search(name) and not isinstance(value, Resource)):
            yield f"{holder} has {name} in plain text"


def _resolved_secrets(environment: Environment) -> Iterator[str]:
    for resource in environment.resources():
        for key, value in resource.properties.items():
            if (resource.type, key) not in _RESOLVES_SECRETS and _RESOLVE in "".join(map(str, leaves(value))):
                yield f"{resource} resolves a secret into {key}"


def wide_permissions(environment: Environment) -> list[str]:
    """Name the policies of identities that grant all actions of a kind, or an action on everything."""
    return [
        f"{statement.holder} may {action} on {', '.join(statement.resources)}"
        for statement in statements(environment)
        if statement.effect == "Allow"
        for action in statement.actions
        if ("*" in action and action not in DOCUMENTED_PATTERNS)
        or ("*" in statement.resources and action not in NO_RESOURCE_TO_NAME)
    ]

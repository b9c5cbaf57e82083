"""Actions of AWS's APIs that a preflight may send: each reads."""

from typing import Any

from admin.errors import WriteRefusedError

# By the name of the service in boto3, and the API's action.
ACTIONS = frozenset(
    {
        "accessanalyzer:ListAnalyzers",
        "account:GetRegionOptStatus",
        "backup:ListBackupVaults",
        "ce:GetCostAndUsage",
        "ce:ListCostAllocationTags",
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
        "cloudfront:ListDistributions",
        "codebuild:ListSourceCredentials",
        "config:DescribeConfigurationRecorders",
        "config:DescribeDeliveryChannels",
        "ec2:DescribeAddresses",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeNatGateways",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ecr:DescribeRegistry",
        "ecr:DescribeRepositories",
        "ecr:GetRegistryScanningConfiguration",
        "ecs:DescribeTasks",
        "ecs:ListClusters",
        "ecs:ListTasks",
        "elbv2:DescribeLoadBalancers",
        "guardduty:ListDetectors",
        "iam:GetRole",
        "iam:SimulatePrincipalPolicy",
        "kms:DescribeKey",
        "logs:DescribeResourcePolicies",
        "organizations:DescribeOrganization",
        "rds:DescribeDBInstances",
        "route53:GetHostedZone",
        "route53:ListHostedZonesByName",
        "secretsmanager:ListSecrets",
        "service-quotas:GetAWSDefaultServiceQuota",
        "service-quotas:GetServiceQuota",
        "sns:ListSubscriptionsByTopic",
        "ssm:GetParameter",
        "sts:GetCallerIdentity",
    }
)


def refuse_writes(model: Any, **_: Any) -> None:
    """Refuse an API call that is not in the list; a handler of botocore's event ``before-call``.

    Raises:
        WriteRefusedError: nothing was sent.
    """
    action = f"{model.service_model.service_name}:{model.name}"
    if action not in ACTIONS:
        raise WriteRefusedError(f"{action} was not sent: a preflight sends only what {__name__}.ACTIONS lists.")

"""All checks of each environment at once: no answer is ever fine, and only reads are sent."""

from typing import Any

import pytest

from admin.preflight import aws
from admin.preflight.aws.needs import Needs, needs_of
from admin.preflight.model import ExitCode, State, exit_code, run
from assembly import Assembly
from tests.admin.preflight.aws.answers import DENIED, ID, NO_STACK, THROTTLED, UNREACHABLE, Answers, Refused


@pytest.mark.parametrize("environment", ["prod", "staging", "dev"])
@pytest.mark.parametrize(
    ("no_answer", "said"),
    [
        (DENIED, "not authorized"),
        (THROTTLED, "too often"),
        (UNREACHABLE, "cannot be reached"),
        (Refused("InternalFailure", "try again"), "InternalFailure"),
    ],
    ids=["denied", "throttled", "unreachable", "failing"],
)
def test_nothing_is_fine_without_an_answer(synthesized: Assembly, environment: str, no_answer: Any, said: str) -> None:
    answers = Answers({}, default=no_answer)
    rows = run(list(aws.checks(needs_of(synthesized, environment, ID), answers.account())))
    assert [row for row in rows if row.answer.state is not State.UNKNOWN] == []
    assert [row for row in rows if said not in row.answer.found] == []
    assert exit_code(rows) is ExitCode.UNKNOWN


def test_each_check_has_a_subject_of_its_own(synthesized: Assembly) -> None:
    for environment in ("prod", "staging", "dev"):
        checks = list(aws.checks(needs_of(synthesized, environment, ID), Answers({}).account()))
        subjects = [(check.group, check.subject) for check in checks]
        assert len(subjects) == len(set(subjects))


def test_a_fresh_account(needs: Needs) -> None:
    """AWS's answers for an account that has nothing: what a deploy creates is fine, what it cannot is missing."""
    answers = Answers(
        {
            "accessanalyzer:ListAnalyzers": {"analyzers": []},
            "account:GetRegionOptStatus": {"RegionOptStatus": "ENABLED_BY_DEFAULT"},
            "backup:ListBackupVaults": {"BackupVaultList": []},
            "ce:GetCostAndUsage": Refused("AccessDeniedException", "User not enabled for cost explorer access"),
            "ce:ListCostAllocationTags": {"CostAllocationTags": []},
            "cloudformation:DescribeStacks": NO_STACK,
            "cloudformation:ListStackResources": NO_STACK,
            "cloudfront:ListDistributions": {
                "DistributionList": {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 0}
            },
            "codebuild:ListSourceCredentials": {
                "sourceCredentialsInfos": [{"arn": "arn:it", "serverType": "GITHUB", "authType": "OAUTH"}]
            },
            "config:DescribeConfigurationRecorders": {"ConfigurationRecorders": []},
            "config:DescribeDeliveryChannels": {"DeliveryChannels": []},
            "ec2:DescribeAddresses": {"Addresses": []},
            "ec2:DescribeInternetGateways": {"InternetGateways": []},
            "ec2:DescribeNatGateways": {"NatGateways": []},
            "ec2:DescribeSubnets": {"Subnets": []},
            "ec2:DescribeVpcs": {"Vpcs": []},
            "ecr:DescribeRegistry": {"registryId": ID, "replicationConfiguration": {"rules": []}},
            "ecr:DescribeRepositories": Refused("RepositoryNotFoundException"),
            "ecr:GetRegistryScanningConfiguration": {
                "registryId": ID,
                "scanningConfiguration": {"scanType": "BASIC", "rules": []},
            },
            "ecs:ListClusters": {"clusterArns": []},
            "elbv2:DescribeLoadBalancers": {"LoadBalancers": []},
            "guardduty:ListDetectors": {"DetectorIds": []},
            "iam:GetRole": Refused("NoSuchEntity"),
            "iam:SimulatePrincipalPolicy": {
                "EvaluationResults": [{"EvalActionName": "sts:AssumeRole", "EvalDecision": "allowed"}],
                "IsTruncated": False,
            },
            "logs:DescribeResourcePolicies": {"resourcePolicies": []},
            "organizations:DescribeOrganization": Refused("AWSOrganizationsNotInUseException"),
            "rds:DescribeDBInstances": lambda _, parameters: (
                Refused("DBInstanceNotFound") if "DBInstanceIdentifier" in parameters else {"DBInstances": []}
            ),
            "route53:ListHostedZonesByName": {"HostedZones": [], "IsTruncated": False, "MaxItems": "100"},
            "secretsmanager:ListSecrets": {"SecretList": []},
            # What new accounts are given, as many say who met it.
            "service-quotas:GetServiceQuota": lambda _, parameters: {
                "Quota": {"Value": {"L-3032A538": 6.0, "L-0263D0A3": 5.0}.get(parameters["QuotaCode"], 100.0)}
            },
            "ssm:GetParameter": Refused("ParameterNotFound"),
            "sts:GetCallerIdentity": {"Account": ID, "Arn": f"arn:aws:iam::{ID}:user/me", "UserId": "AIDA"},
        }
    )
    rows = run(list(aws.checks(needs, answers.account())))
    assert [row.answer for row in rows if row.answer.state is State.UNKNOWN] == []
    absent = {row.check.group for row in rows if row.answer.state is State.MISSING}
    assert {"bootstrap", "billing", "quotas", "delegation"} <= absent
    assert absent <= {"bootstrap", "billing", "quotas", "delegation", "service-linked roles"}
    assert [row for row in rows if row.answer.state is State.MISSING and not row.answer.next_steps] == []
    assert exit_code(rows) is ExitCode.MISSING

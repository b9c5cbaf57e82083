"""A create under a name that is taken fails, and one that a failed create retained is taken."""

from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from local.emulator.refusals.identity import identity
from tests.local.stacks import RefusedError, Stack, create

SECRET: tuple[str, dict[str, Any]] = ("AWS::SecretsManager::Secret", {"Name": "goodies/it", "SecretString": "s"})
FAILS: tuple[str, dict[str, Any], dict[str, Any]] = (
    "AWS::ECS::Service",
    {"LaunchTpye": "FARGATE"},
    {"DependsOn": "It"},
)


def failed_create(cloud: EmbeddedCloud, policy: str) -> None:
    """Make the create of a secret's stack fail, and delete the stack."""
    name = f"kept-{policy.lower()}"
    secret = {"Name": f"goodies/{policy}", "SecretString": "s"}
    with pytest.raises(RefusedError, match="ROLLBACK_COMPLETE"):
        create(cloud, {"It": (SECRET[0], secret, {"DeletionPolicy": policy}), "Fails": FAILS}, name=name)
    assert Stack(cloud, name, "us-east-1").status_after_delete() == ""
    create(cloud, {"It": (SECRET[0], secret)}, name=name)


def test_what_a_failed_create_retained_refuses_the_next(cloud: EmbeddedCloud) -> None:
    with pytest.raises(RefusedError, match=r"AWS::SecretsManager::Secret.*goodies/Retain.*already exists"):
        failed_create(cloud, "Retain")


def test_what_a_failed_create_deleted_does_not(cloud: EmbeddedCloud) -> None:
    failed_create(cloud, "RetainExceptOnCreate")


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::Backup::BackupVault", {"BackupVaultName": "it"}),
        ("AWS::ECR::Repository", {"RepositoryName": "it"}),
        ("AWS::Logs::LogGroup", {"LogGroupName": "it"}),
        ("AWS::Synthetics::Canary", {"Name": "it"}),
        ("AWS::GuardDuty::Detector", {"Enable": True}),
        ("AWS::ECR::ReplicationConfiguration", {"ReplicationConfiguration": {"Rules": []}}),
    ],
)
def test_a_second_one_is_refused(cloud: EmbeddedCloud, kind: str, properties: dict[str, Any]) -> None:
    if kind == "AWS::Synthetics::Canary":
        properties = properties | {
            "ArtifactS3Location": "s3://it",
            "ExecutionRoleArn": "arn:aws:iam::111122223333:role/it",
            "RuntimeVersion": "syn-python-selenium-7.0",
            "Schedule": {"Expression": "rate(5 minutes)"},
            "Code": {"Handler": "it.handler", "Script": "pass"},
        }
    first = create(cloud, {"It": (kind, properties)})
    with pytest.raises(RefusedError, match=r"exists|maximum"):
        create(cloud, {"It": (kind, properties)})
    first.delete()
    create(cloud, {"It": (kind, properties)}).delete()


def test_what_was_made_by_hand_is_in_the_way(cloud: EmbeddedCloud) -> None:
    cloud.client("logs").create_log_group(logGroupName="by-hand")
    group = {"It": ("AWS::Logs::LogGroup", {"LogGroupName": "by-hand"})}
    with pytest.raises(RefusedError, match=r"by-hand.*already exists"):
        create(cloud, group)
    cloud.client("logs").delete_log_group(logGroupName="by-hand")
    create(cloud, group)


def test_a_replica_that_waits_for_its_deletion_keeps_its_place(cloud: EmbeddedCloud) -> None:
    primary = create(
        cloud,
        {"It": ("AWS::KMS::Key", {"MultiRegion": True, "KeyPolicy": {"Version": "2012-10-17", "Statement": []}})},
        {"Arn": {"Fn::GetAtt": ["It", "Arn"]}},
    ).outputs["Arn"]
    replica = {
        "It": (
            "AWS::KMS::ReplicaKey",
            {"PrimaryKeyArn": primary, "KeyPolicy": {"Version": "2012-10-17", "Statement": []}},
        )
    }
    create(cloud, replica, region="us-west-2").delete()
    with pytest.raises(RefusedError, match="AlreadyExistsException"):
        create(cloud, replica, region="us-west-2")


@pytest.mark.parametrize(
    ("kind", "properties", "named"),
    [
        ("AWS::SecretsManager::Secret", {"Name": "it"}, True),
        ("AWS::SecretsManager::Secret", {"Description": "it"}, False),
        ("AWS::Budgets::Budget", {"Budget": {"BudgetName": "it"}}, True),
        ("AWS::ECS::Service", {"Cluster": "it", "ServiceName": "it"}, True),
        ("AWS::ECS::Service", {"Cluster": "it"}, False),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Name": "it"}, True),
        ("AWS::S3::BucketPolicy", {"Bucket": "it"}, True),
        ("AWS::RDS::DBInstance", {"DBName": "it", "DBSubnetGroupName": "it"}, False),
        ("AWS::EC2::VPCEndpoint", {"ServiceName": "it"}, False),
        ("AWS::Route53::HostedZone", {"Name": "it"}, False),
        ("Custom::It", {"Name": "it"}, False),
    ],
)
def test_the_schema_says_what_names_a_resource(kind: str, properties: dict[str, Any], named: bool) -> None:
    assert (identity(kind, properties) is not None) == named

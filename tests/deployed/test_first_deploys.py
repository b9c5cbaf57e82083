"""A first deploy that fails at any one stack of development is retried to success by the commands it prints."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]
import pytest

from assembly import open_assembly
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError
from tests.deployed import aws_cli
from tests.deployed.altered import AlteredAssembly, failing_last
from tests.deployed.development import REGIONS, STACKS, Development, deploy

pytestmark = pytest.mark.xdist_group("first-deploys")

# Calls that list what costs money, holds data or keeps a name, and where the answer has its name or ARN.
LISTED = [
    ("s3", "list_buckets", "Buckets[].Name"),
    ("secretsmanager", "list_secrets", "SecretList[].ARN"),
    ("kms", "list_keys", "Keys[].KeyId"),
    ("backup", "list_backup_vaults", "BackupVaultList[].BackupVaultName"),
    ("ecr", "describe_repositories", "repositories[].repositoryName"),
    ("route53", "list_hosted_zones", "HostedZones[].Id"),
    ("logs", "describe_log_groups", "logGroups[].logGroupName"),
    ("rds", "describe_db_instances", "DBInstances[].DBInstanceIdentifier"),
    ("rds", "describe_db_snapshots", "DBSnapshots[].DBSnapshotIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupName"),
    ("elasticache", "describe_replication_groups", "ReplicationGroups[].ReplicationGroupId"),
    ("elasticache", "describe_snapshots", "Snapshots[].SnapshotName"),
    ("ec2", "describe_vpcs", "Vpcs[].VpcId"),
    ("ec2", "describe_addresses", "Addresses[].PublicIp"),
    ("ec2", "describe_security_groups", "SecurityGroups[?GroupName != 'default'].GroupId"),
    ("elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn"),
    ("elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn"),
    ("ecs", "list_clusters", "clusterArns"),
    ("cloudfront", "list_distributions", "DistributionList.Items[].Id"),
    ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    ("sns", "list_topics", "Topics[].TopicArn"),
    ("sqs", "list_queues", "QueueUrls"),
    ("lambda", "list_functions", "Functions[].FunctionName"),
    ("iam", "list_roles", "Roles[?!starts_with(Path, '/aws-service-role/')].RoleName"),
]


# A hosted zone's id begins so in the answers of Route 53, and not in a stack.
PREFIXES = ("", "/hostedzone/")


@pytest.fixture
def altered(assembly_folder: Path, tmp_path: Path) -> AlteredAssembly:
    return AlteredAssembly(assembly_folder, tmp_path / "cdk.out")


def test_these_are_the_stacks_of_a_first_deploy(assembly_folder: Path) -> None:
    needed = open_assembly(assembly_folder).with_dependencies(["GoodiesDelivery", "GoodiesDev"])
    assert {stack.name for stack in needed} == set(STACKS)


@pytest.mark.parametrize("name", STACKS)
def test_a_first_create_that_fails_is_retried_to_success(
    development: Development, altered: AlteredAssembly, assembly_folder: Path, tmp_path: Path, name: str
) -> None:
    cloud = development.reach(name)
    before = set(existing(cloud))
    altered.replace(name, failing_last(altered.template(name)))
    with pytest.raises(EmbeddedCloudError, match=r"Fails \(AWS::SNS::Topic\)") as failure:
        deploy(cloud, altered.open(), [altered.open().stack(name)])
    for line in str(failure.value).splitlines():
        if line.startswith("  aws "):
            aws_cli.run(cloud, line)
    assert development.rest(name) == ""
    again = AlteredAssembly(assembly_folder, tmp_path / "again").open()
    printed = deploy(cloud, again, [again.stack(name)])
    assert "$ aws" not in printed, "the printed commands were not enough"
    assert development.status(name) == "CREATE_COMPLETE"
    assert sorted(set(existing(cloud)) - before - set(owned(cloud))) == []


def existing(cloud: EmbeddedCloud) -> Iterator[str]:
    """Yield what is there, made by a stack or not; keys that wait for their deletion cost nothing and are left out."""
    for region in REGIONS:
        for service, operation, found in LISTED:
            api = cloud.client(service, region)
            for item in jmespath.search(found, getattr(api, operation)()) or []:
                if service != "kms" or key_state(api, item) != "PendingDeletion":
                    yield f"{service} {item.rsplit('/', 1)[-1] if service == 'ecs' else item}"


def key_state(api: Any, key: str) -> str:
    return str(api.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def owned(cloud: EmbeddedCloud) -> Iterator[str]:
    """Yield what the stacks have, named like :func:`existing`."""
    for region in REGIONS:
        api = cloud.client("cloudformation", region)
        for stack in api.describe_stacks()["Stacks"]:
            answers = api.get_paginator("list_stack_resources").paginate(StackName=stack["StackName"])
            for resource in (item for answer in answers for item in answer["StackResourceSummaries"]):
                identifier = resource["PhysicalResourceId"]
                yield from (f"{service} {prefix}{identifier}" for service, *_ in LISTED for prefix in PREFIXES)

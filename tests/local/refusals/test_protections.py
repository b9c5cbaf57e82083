"""Protected resources and missing roles: operations on them that AWS refuses."""

from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from tests.local.stacks import RefusedError, Stack, create

FAILS: tuple[str, dict[str, Any], dict[str, Any]] = ("AWS::ECS::Service", {"LaunchTpye": "EC2"}, {"DependsOn": "It"})
DATABASE = {
    "DBInstanceIdentifier": "protected",
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "postgres",
    "AllocatedStorage": "20",
    "MasterUsername": "goodies",
    "MasterUserPassword": "not-a-secret-1",
    "DeletionProtection": True,
}
PROTECTED = [{"Key": "deletion_protection.enabled", "Value": "true"}]


def test_a_protected_database_keeps_a_failed_create_from_rolling_back(cloud: EmbeddedCloud) -> None:
    database = ("AWS::RDS::DBInstance", DATABASE, {"DeletionPolicy": "Delete"})
    with pytest.raises(RefusedError, match=r"ROLLBACK_FAILED.*Cannot delete protected DB Instance"):
        create(cloud, {"It": database, "Fails": FAILS}, name="protected-database")
    stack = Stack(cloud, "protected-database", "us-east-1")
    assert stack.status_after_delete() == "DELETE_FAILED"
    cloud.client("rds").modify_db_instance(
        DBInstanceIdentifier="protected", DeletionProtection=False, ApplyImmediately=True
    )
    assert stack.status_after_delete() == ""


def test_a_protected_load_balancer_does_too(cloud: EmbeddedCloud) -> None:
    balancer = (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {"Name": "protected", "Subnets": [], "LoadBalancerAttributes": PROTECTED},
    )
    with pytest.raises(RefusedError, match=r"ROLLBACK_FAILED.*deletion protection is enabled"):
        create(cloud, {"It": balancer, "Fails": FAILS}, name="protected-balancer")
    stack, api = Stack(cloud, "protected-balancer", "us-east-1"), cloud.client("elbv2")
    assert stack.status_after_delete() == "DELETE_FAILED"
    (found,) = api.describe_load_balancers(Names=["protected"])["LoadBalancers"]
    api.modify_load_balancer_attributes(
        LoadBalancerArn=found["LoadBalancerArn"],
        Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
    )
    assert stack.status_after_delete() == ""


def test_capacity_providers_need_the_role_of_ecs(own_account: EmbeddedCloud) -> None:
    cluster = {
        "It": ("AWS::ECS::Cluster", {"ClusterName": "it"}),
        "Providers": (
            "AWS::ECS::ClusterCapacityProviderAssociations",
            {"Cluster": {"Ref": "It"}, "CapacityProviders": ["FARGATE"], "DefaultCapacityProviderStrategy": []},
        ),
    }
    with pytest.raises(RefusedError, match="verify that the ECS service linked role exists"):
        create(own_account, cluster)
    own_account.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    create(own_account, cluster)


@pytest.fixture
def own_account(cloud: EmbeddedCloud) -> Any:
    """The shared cloud in an account that has nothing yet."""
    before, cloud.account = cloud.account, "444455556666"
    yield cloud
    cloud.account = before


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        (
            "AWS::CloudWatch::Alarm",
            {
                "AlarmActions": ["arn:aws:sns:eu-west-1:111122223333:team"],
                "Namespace": "AWS/SNS",
                "MetricName": "m",
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "Period": 60,
                "Statistic": "Sum",
            },
            "Invalid region eu-west-1 specified. Only us-east-1 is supported",
        ),
        (
            "AWS::Logs::LogGroup",
            {"KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/it"},
            "is not in this region",
        ),
    ],
)
def test_another_region_is_refused(cloud: EmbeddedCloud, kind: str, properties: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        create(cloud, {"It": (kind, properties)})

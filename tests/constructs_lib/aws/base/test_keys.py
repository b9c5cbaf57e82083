"""KMS keys: rotation, key policies, replicas; roles and policies of IAM."""

import pytest

from tests.aws.iam import read_policy
from tests.aws.iam_checks import wide_permissions
from tests.aws.resources import Environment


@pytest.mark.plan("SEC-8/rotated")
def test_the_key_rotates_within_a_year(environment: Environment) -> None:
    key = environment.one("AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    assert key["RotationPeriodInDays"] <= 365


@pytest.mark.plan("DR-7/region", "AWS-1/recovery")
def test_the_key_is_available_in_us_west_2(prod: Environment) -> None:
    replica = prod.one("AWS::KMS::ReplicaKey")
    assert (replica["PrimaryKeyArn"], replica.region) == (prod.one("AWS::KMS::Key"), "us-west-2")


@pytest.mark.plan("SEC-8/managed")
def test_only_the_account_its_logs_and_its_alarms_are_named_in_key_policies(environment: Environment) -> None:
    for key in [*environment.resources("AWS::KMS::Key"), *environment.resources("AWS::KMS::ReplicaKey")]:
        principals = {name for said in read_policy(key, key["KeyPolicy"]) for name in said.principals}
        services = {f"logs.{key.region}.amazonaws.com", "cloudwatch.amazonaws.com"}
        assert principals == {"arn:aws:iam::111122223333:root", *services}, key


@pytest.mark.plan("SEC-9/keyless")
@pytest.mark.parametrize("kind", ["AWS::IAM::User", "AWS::IAM::AccessKey", "AWS::IAM::Group"])
def test_there_are_no_users_and_no_long_lived_keys(environment: Environment, kind: str) -> None:
    assert environment.resources(kind) == []


@pytest.mark.plan("SEC-9/roles")
def test_roles_are_taken_by_services_only(environment: Environment) -> None:
    for role in environment.resources("AWS::IAM::Role"):
        for said in read_policy(role, role["AssumeRolePolicyDocument"]):
            assert all(name.endswith(".amazonaws.com") for name in said.principals), role


@pytest.mark.plan("SEC-9/roles", "SEC-2")
def test_no_policy_grants_more_than_it_names(environment: Environment) -> None:
    assert wide_permissions(environment) == []


@pytest.mark.plan("SEC-9/roles", "SEC-2")
def test_roles_carry_only_policies_of_aws_that_are_made_for_one_service(environment: Environment) -> None:
    carried = {
        str(policy).rpartition("/")[2]
        for role in environment.resources("AWS::IAM::Role")
        for policy in role.get("ManagedPolicyArns", [])
        if ":aws:policy/" in str(policy)
    }
    assert carried <= {
        "AmazonECSInfrastructureRolePolicyForLoadBalancers",
        "AmazonRDSEnhancedMonitoringRole",
        "AWSBackupServiceRolePolicyForBackup",
        "AWSBackupServiceRolePolicyForRestores",
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
    }


@pytest.mark.plan("SEC-9/roles")
def test_the_tasks_role_may_do_nothing_that_the_service_does_not_need(environment: Environment) -> None:
    role = environment.one("AWS::ECS::TaskDefinition")["TaskRoleArn"]
    policies = [policy for policy in environment.resources("AWS::IAM::Policy") if role in policy.get("Roles", [])]
    assert [str(policy) for policy in policies] == []

"""Secrets Manager: generated secrets, their encryption, replicas and rotation."""

import pytest

from tests.aws.containers import container
from tests.aws.iam import encrypted_with
from tests.aws.iam_checks import plain_secrets
from tests.aws.ingress import egress_rules
from tests.aws.resources import Environment

SECRET = "AWS::SecretsManager::Secret"


@pytest.mark.plan("AWS-10")
def test_no_secret_stands_in_a_template_or_a_variable(environment: Environment) -> None:
    assert plain_secrets(environment) == []


@pytest.mark.plan("AWS-10", "DR-7/stored")
def test_every_secret_is_generated_where_it_is_kept(environment: Environment) -> None:
    secrets = environment.resources(SECRET)
    assert [
        str(secret)
        for secret in secrets
        if "SecretString" in secret.properties or not secret.get("GenerateSecretString")
    ] == []


@pytest.mark.plan("AWS-10")
def test_the_service_gets_its_credentials_from_secrets_manager(environment: Environment) -> None:
    given = {
        secret["Name"]: str(secret["ValueFrom"]).split(":")[0].partition("/")[2]
        for secret in container(environment)["Secrets"]
    }
    assert given == {
        "PGUSER": "Database/User/Attachment",
        "PGPASSWORD": "Database/User/Attachment",
        "REDIS_PASSWORD": "Cache/Password",
        "JWT_SECRET": "Secrets/Jwt",
        "ADMIN_PASSWORD_HASH": "Secrets/AdminPasswordHash",
    }


@pytest.mark.plan("SEC-5", "SEC-8/managed")
def test_every_secret_is_encrypted_with_the_environments_key(environment: Environment) -> None:
    key = environment.one("AWS::KMS::Key")
    assert [str(secret) for secret in environment.resources(SECRET) if key not in encrypted_with(secret)] == []


@pytest.mark.plan("DR-7/region", "AWS-1/recovery")
def test_the_secrets_of_the_data_are_available_in_us_west_2(prod: Environment) -> None:
    key = prod.one("AWS::KMS::ReplicaKey")
    wanted = [{"KmsKeyId": key, "Region": "us-west-2"}]
    assert [str(secret) for secret in prod.resources(SECRET, "Data") if secret.get("ReplicaRegions") != wanted] == []


@pytest.mark.plan("SEC-8/rotated")
def test_the_databases_passwords_are_rotated(environment: Environment) -> None:
    rotated = {
        str(schedule["SecretId"]["SecretId"]): schedule["RotationRules"]["AutomaticallyAfterDays"]
        for schedule in environment.resources("AWS::SecretsManager::RotationSchedule", "Data")
    }
    assert set(rotated) == {str(secret) for secret in environment.resources(SECRET, "Data/Database")}
    assert all(days <= 90 for days in rotated.values()), rotated


@pytest.mark.plan("SEC-8/rotated")
def test_tasks_are_restarted_when_a_password_was_rotated(environment: Environment) -> None:
    rule = environment.one("AWS::Events::Rule", "Service/Restart")
    state_machine = environment.one("AWS::StepFunctions::StateMachine", "Service/Restart")
    secret = environment.one("AWS::SecretsManager::SecretTargetAttachment", "Data/Database/User/Attachment")
    assert rule["EventPattern"]["detail"]["secret"] == [secret]
    assert [target["Arn"] for target in rule["Targets"]] == [state_machine]
    assert '"ForceNewDeployment":true' in state_machine["DefinitionString"]


@pytest.mark.plan("SEC-2")
def test_the_rotation_calls_only_the_database_and_aws(environment: Environment) -> None:
    calls = {(rule.destination, rule.ports) for rule in egress_rules(environment) if rule.source == "Rotation"}
    assert calls == {("Database", range(5432, 5433)), ("0.0.0.0/0", range(443, 444))}

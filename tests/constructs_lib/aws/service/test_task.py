"""Task definition: the migration before the service, and an application's own variables and secrets."""

from pathlib import Path

import pytest

from environments import load
from operations import migrate
from tests.aws.containers import container
from tests.aws.iam import encrypted_with
from tests.aws.iam_checks import plain_secrets
from tests.aws.resources import Environment
from tests.aws.variants import synthesized


@pytest.fixture(scope="module")
def variant(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder: Path = tmp_path_factory.mktemp("application")
    environment = next(item for item in load() if item.name == "prod")
    service = environment.service.model_copy(
        update={"variables": {"LOG_LEVEL": "debug"}, "secrets": ("MAIL_TOKEN", "SEARCH_KEY")}
    )
    return synthesized(environment.model_copy(update={"service": service}), folder)


@pytest.mark.plan("AWS-10")
def test_the_container_gets_the_applications_variables_and_secrets(variant: Environment, prod: Environment) -> None:
    given, without = container(variant), container(prod)
    added = [item for item in given["Environment"] if item["Name"] not in {v["Name"] for v in without["Environment"]}]
    assert added == [{"Name": "LOG_LEVEL", "Value": "debug"}]
    known = {item["Name"] for item in without["Secrets"]}
    assert {item["Name"] for item in given["Secrets"]} - known == {"MAIL_TOKEN", "SEARCH_KEY"}
    assert plain_secrets(variant) == []


@pytest.mark.plan("DR-7/region", "SEC-5")
def test_a_secret_of_the_application_is_kept_like_the_others(variant: Environment) -> None:
    secrets = variant.resources("AWS::SecretsManager::Secret", "Data/Secrets")
    assert {secret["Name"] for secret in secrets} >= {
        "goodies/prod/application/mail-token",
        "goodies/prod/application/search-key",
    }
    key, replica = variant.one("AWS::KMS::Key"), variant.one("AWS::KMS::ReplicaKey")
    for secret in secrets:
        assert key in encrypted_with(secret)
        assert secret["ReplicaRegions"] == [{"KmsKeyId": replica, "Region": "us-west-2"}]
        assert secret["GenerateSecretString"]


@pytest.mark.plan("ARC-2/container")
def test_the_schema_is_migrated_before_a_release_starts(environment: Environment) -> None:
    migration, service = container(environment, "migrate"), container(environment)
    assert migration["Command"] == ["migrate"]
    assert migration["Essential"] is False, "ECS waits for the SUCCESS of no essential container"
    assert service["DependsOn"] == [{"ContainerName": "migrate", "Condition": "SUCCESS"}]
    for key in ("Image", "Environment", "User", "ReadonlyRootFilesystem", "MountPoints", "LogConfiguration"):
        assert migration[key] == service[key], key


def test_a_migration_ends_with_its_own_words_before_the_container_is_ended(environment: Environment) -> None:
    given = container(environment, "migrate")["StartTimeout"]
    assert given == 120, "Fargate takes no more"
    longest = [migrate.QUEUE_TIMEOUT, migrate.STATEMENT_TIMEOUT]
    assert migrate.WAIT_SECONDS + sum(int(each.removesuffix("s")) for each in longest) < given


@pytest.mark.plan("SEC-9/roles")
def test_the_migration_gets_the_databases_user_alone(environment: Environment) -> None:
    given = {secret["Name"]: secret["ValueFrom"] for secret in container(environment)["Secrets"]}
    migration = {secret["Name"]: secret["ValueFrom"] for secret in container(environment, "migrate")["Secrets"]}
    assert migration == {name: given[name] for name in ("PGUSER", "PGPASSWORD")}

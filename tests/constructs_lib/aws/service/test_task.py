"""Task definition with variables and secrets of the application, which no environment of the repository has."""

from pathlib import Path

import pytest

from environments import load
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
    (container,) = variant.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    (without,) = prod.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    added = [
        item for item in container["Environment"] if item["Name"] not in {v["Name"] for v in without["Environment"]}
    ]
    assert added == [{"Name": "LOG_LEVEL", "Value": "debug"}]
    known = {item["Name"] for item in without["Secrets"]}
    assert {item["Name"] for item in container["Secrets"]} - known == {"MAIL_TOKEN", "SEARCH_KEY"}
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

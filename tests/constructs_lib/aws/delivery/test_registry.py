"""ECR: immutable tags, scans, replication, the number of releases; the parameter of the release."""

import pytest

from tests.aws.iam import statements
from tests.aws.resources import Environment


@pytest.mark.plan("DR-5/region", "AWS-1/recovery")
def test_images_are_copied_to_us_west_2(delivery: Environment) -> None:
    copies = delivery.one("AWS::ECR::ReplicationConfiguration")["ReplicationConfiguration"]
    (rule,) = copies["Rules"]
    (filtered,) = rule["RepositoryFilters"]
    assert [destination["Region"] for destination in rule["Destinations"]] == ["us-west-2"]
    assert delivery.one("AWS::ECR::Repository")["RepositoryName"].startswith(filtered["Filter"])


@pytest.mark.plan("DR-5/kept")
def test_a_pushed_image_never_changes(delivery: Environment) -> None:
    assert delivery.one("AWS::ECR::Repository")["ImageTagMutability"] == "IMMUTABLE"


@pytest.mark.plan("DR-5/kept")
def test_the_registry_keeps_releases_by_number_and_not_by_age(delivery: Environment) -> None:
    policy = delivery.one("AWS::ECR::Repository")["LifecyclePolicy"]["LifecyclePolicyText"]
    assert '"countType":"imageCountMoreThan"' in policy
    assert "sinceImagePushed" not in policy


@pytest.mark.plan("SEC-5")
def test_images_are_scanned_and_encrypted(delivery: Environment) -> None:
    repository = delivery.one("AWS::ECR::Repository")
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert repository["EncryptionConfiguration"]["EncryptionType"] == "KMS"


@pytest.mark.plan("SEC-9/roles")
def test_tasks_pull_the_one_image_they_run(environment: Environment) -> None:
    pulled = {
        resource
        for statement in statements(environment)
        if "ecr:BatchGetImage" in statement.actions
        for resource in statement.resources
    }
    assert pulled == {"arn:aws:ecr:us-east-1:111122223333:repository/goodies/funkygibbon"}


@pytest.mark.plan("DR-6")
def test_a_deployment_does_not_set_the_release_back(environment: Environment) -> None:
    record = environment.one("Custom::AWS", "Data/Release")
    assert "ParameterAlreadyExists" in record["Create"]
    assert not record.get("Update")
    assert not record.get("Delete")

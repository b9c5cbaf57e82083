"""Registry of the images: copies, retention and scans."""

import json
from typing import Any

import pytest

from tests.aws.iam import statements
from tests.aws.resources import Environment, Resource

PRIMARY, RECOVERY = "us-east-1", "us-west-2"
REPOSITORY = "AWS::ECR::Repository"


def repository(delivery: Environment, region: str = PRIMARY) -> Resource:
    (found,) = (each for each in delivery.resources(REPOSITORY) if each.region == region)
    return found


def rules(repository: Resource) -> list[Any]:
    found: list[Any] = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    return found


@pytest.mark.plan("DR-5/region", "AWS-1/recovery")
def test_images_are_copied_to_us_west_2(delivery: Environment) -> None:
    copies = delivery.one("AWS::ECR::ReplicationConfiguration")["ReplicationConfiguration"]
    (rule,) = copies["Rules"]
    (filtered,) = rule["RepositoryFilters"]
    assert [destination["Region"] for destination in rule["Destinations"]] == [RECOVERY]
    assert repository(delivery)["RepositoryName"].startswith(filtered["Filter"])


@pytest.mark.plan("DR-5/region", "DR-5/kept", "SEC-5")
def test_the_copy_is_declared_with_the_same_settings_before_anything_is_copied(delivery: Environment) -> None:
    copy, original = repository(delivery, RECOVERY).properties, repository(delivery).properties
    assert {name for name in original.keys() | copy.keys() if original.get(name) != copy.get(name)} == {
        "LifecyclePolicy"
    }
    scans = delivery.resources("AWS::ECR::RegistryScanningConfiguration")
    assert {each.region for each in scans} == {PRIMARY, RECOVERY}
    assert scans[0]["Rules"] == scans[1]["Rules"]
    replicating = delivery.one("AWS::ECR::ReplicationConfiguration").stack
    assert repository(delivery, RECOVERY).stack in delivery.stacks[replicating].dependencies


def test_a_repository_that_no_template_declares_is_not_made_with_defaults(delivery: Environment) -> None:
    template = delivery.one("AWS::ECR::RepositoryCreationTemplate")
    copied = delivery.one("AWS::ECR::ReplicationConfiguration")["ReplicationConfiguration"]["Rules"][0]
    assert (template.region, template["AppliedFor"]) == (RECOVERY, ["REPLICATION"])
    assert template["Prefix"] == copied["RepositoryFilters"][0]["Filter"]
    assert template["ImageTagMutability"] == "IMMUTABLE"


@pytest.mark.plan("DR-5/kept")
def test_a_pushed_image_never_changes(delivery: Environment) -> None:
    for each in delivery.resources(REPOSITORY):
        assert each["ImageTagMutability"] == "IMMUTABLE", each


@pytest.mark.plan("DR-5/kept")
def test_an_image_that_an_environment_may_run_is_never_deleted(delivery: Environment) -> None:
    for each in delivery.resources(REPOSITORY):
        for rule in rules(each):
            assert rule["action"]["type"] == "transition" or rule["selection"]["tagStatus"] == "untagged", each


@pytest.mark.plan("DR-5/kept")
def test_an_image_in_use_is_pulled_before_it_is_archived(delivery: Environment, environment: Environment) -> None:
    (archiving,) = (rule for rule in rules(repository(delivery)) if rule["action"]["type"] == "transition")
    assert archiving["selection"]["countType"] == "sinceImagePulled"
    for rotation in environment.resources("AWS::SecretsManager::RotationSchedule"):
        # A rotation of the service's password restarts its tasks.
        assert archiving["selection"]["countNumber"] > rotation["RotationRules"]["AutomaticallyAfterDays"]


@pytest.mark.plan("DR-5/kept")
def test_a_copy_which_nothing_pulls_is_not_archived(delivery: Environment) -> None:
    assert [rule["action"]["type"] for rule in rules(repository(delivery, RECOVERY))] == ["expire"]


@pytest.mark.plan("SEC-5")
def test_images_are_scanned_and_encrypted(delivery: Environment) -> None:
    for each in delivery.resources(REPOSITORY):
        assert each["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert each["EncryptionConfiguration"]["EncryptionType"] == "KMS"


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

"""Secret Manager: secrets, their encryption, replication and rotation."""

import pytest

from tests.gcp.terraform import Resource, Stack

SECRET = "google_secret_manager_secret"
VERSION = "google_secret_manager_secret_version"


def replicas(secret: Resource) -> list[dict[str, object]]:
    found: list[dict[str, object]] = secret["replication"]["user_managed"]["replicas"]
    return found


@pytest.mark.plan("GCP-10", "DR-7/stored")
@pytest.mark.parametrize("name", ["jwt-secret", "admin-password-hash", "database-password", "cache-password"])
def test_there_is_a_secret_for(gcp_environment: Stack, name: str) -> None:
    secret = gcp_environment.one(SECRET, secret_id=name)
    assert secret.protected
    assert gcp_environment.one(VERSION, secret=secret)


@pytest.mark.plan("DR-7/region", "GCP-1/primary", "GCP-1/recovery")
def test_secrets_of_production_are_in_both_regions(gcp_prod: Stack) -> None:
    for secret in gcp_prod.resources(SECRET):
        assert [copy["location"] for copy in replicas(secret)] == ["us-central1", "us-east1"], secret


@pytest.mark.plan("SEC-5", "DR-7/stored")
def test_each_copy_is_encrypted_with_the_key_that_is_there(gcp_environment: Stack) -> None:
    for secret in gcp_environment.resources(SECRET):
        for copy in secret["replication"]["user_managed"]["replicas"]:
            key = copy["customer_managed_encryption"]["kms_key_name"]
            assert key["key_ring"]["location"] == copy["location"], secret


@pytest.mark.plan("SEC-8/managed", "GCP-10")
def test_no_state_holds_a_secret_that_terraform_made(gcp_environment: Stack) -> None:
    written = {version.path: version for version in gcp_environment.resources(VERSION)}
    assert [path for path, version in written.items() if "secret_data" in version.body] == ["Cache/version"]
    assert [
        path
        for path, version in written.items()
        if "secret_data_wo" in version.body
        and not str(version["secret_data_wo"]).startswith("${ephemeral.random_password.")
    ] == []


@pytest.mark.plan("SEC-8/managed")
def test_what_is_drawn_is_long_and_fits_into_an_address(gcp_environment: Stack) -> None:
    drawn = gcp_environment.content["ephemeral"]["random_password"]
    assert {name: item["special"] for name, item in drawn.items()} == dict.fromkeys(drawn, False)
    assert min(item["length"] for item in drawn.values()) >= 32


@pytest.mark.plan("SEC-8/managed")
def test_terraform_is_new_enough_to_keep_secrets_to_itself(gcp_environment: Stack) -> None:
    terraform = gcp_environment.content["terraform"]
    assert terraform["required_version"] == ">= 1.11"
    assert terraform["required_providers"]["random"]["source"] == "hashicorp/random"


@pytest.mark.plan("SEC-2", "SEC-9/roles")
def test_nobody_reads_all_secrets(gcp_environment: Stack) -> None:
    grants = gcp_environment.resources("google_project_iam_member")
    assert [str(grant) for grant in grants if str(grant["role"]).startswith("roles/secretmanager.")] == []

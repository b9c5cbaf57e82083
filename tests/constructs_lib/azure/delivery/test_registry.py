"""Container registry: regions, keys, the number of releases, who reads it."""

import base64

import pytest
import yaml

import environments
from tests.gcp.terraform import Resource, Stack

REGISTRY = "azurerm_container_registry"


def registry(stack: Stack) -> Resource:
    return stack.one(REGISTRY)


@pytest.mark.plan("DR-5/region", "AZR-1/recovery")
def test_images_are_in_both_regions_and_all_their_zones(azure_shared: Stack) -> None:
    found = registry(azure_shared)
    assert (found["location"], found["zone_redundancy_enabled"]) == ("eastus", True)
    assert found["georeplications"] == [{"location": "westus2", "zone_redundancy_enabled": True}]
    # No other kind has replicas, zones or keys.
    assert found["sku"] == "Premium"


@pytest.mark.plan("DR-5/region", "SEC-5")
def test_images_are_encrypted_with_a_key_that_outlives_the_primary_region(azure_shared: Stack) -> None:
    found = registry(azure_shared)
    key = azure_shared.one("azurerm_key_vault_key")
    assert key["key_vault_id"]["location"] == "westus2"
    (identity,) = found["identity"]["identity_ids"]
    (encryption,) = found.body["encryption"]
    # Without a version, so that a rotation is followed.
    assert encryption == {
        "key_vault_key_id": f"${{azurerm_key_vault_key.{key.name}.versionless_id}}",
        "identity_client_id": f"${{{identity.type}.{identity.name}.client_id}}",
    }
    grant = azure_shared.one("azurerm_role_assignment", "Key")
    assert grant["role_definition_name"] == "Key Vault Crypto Service Encryption User"
    assert identity.name in str(grant.body["principal_id"])
    assert f"azurerm_role_assignment.{grant.name}" in found.body["depends_on"]


@pytest.mark.plan("DR-5/kept", "CST-8")
def test_the_registry_keeps_releases_by_number_and_lets_others_go(azure_shared: Stack) -> None:
    policy = environments.load()[0].policy.images
    task = azure_shared.one("azurerm_container_registry_task")
    assert task["container_registry_id"] == registry(azure_shared)
    assert task["platform"] == {"os": "Linux"}
    assert task["timer_trigger"] == [{"name": "daily", "schedule": "0 3 * * *"}]
    (step,) = yaml.safe_load(base64.b64decode(task["encoded_step"]["task_content"]))["steps"]
    words = step["cmd"].split()
    assert words[:2] == ["acr", "purge"]
    # Images of our own alone; what waits for its approval stays; a locked tag is no purge's.
    assert step["cmd"].endswith(f"--filter 'goodies/.*:.*' --ago 7d --keep {policy.keep_releases} --untagged")
    assert registry(azure_shared)["retention_policy_in_days"] == policy.untagged_keep_days


@pytest.mark.plan("SEC-9/roles", "SEC-9/keyless", "SEC-2")
def test_who_reads_or_writes_images_has_a_role(azure_shared: Stack) -> None:
    found = registry(azure_shared)
    assert found["admin_enabled"] is False
    assert found["anonymous_pull_enabled"] is False
    # A registry that answers some addresses only refuses its own tasks.
    assert found.get("network_rule_set") is None


@pytest.mark.plan("SEC-11")
def test_who_signs_in_and_what_is_pushed_is_logged(azure_shared: Stack) -> None:
    setting = azure_shared.one("azurerm_monitor_diagnostic_setting", "Registry")
    assert setting["target_resource_id"] == registry(azure_shared)
    assert setting["log_analytics_workspace_id"] == azure_shared.one("azurerm_log_analytics_workspace")
    logged = {log["category"] for log in setting["enabled_log"]}
    assert logged == {"ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"}


def test_the_releases_survive_a_destroy(azure_shared: Stack) -> None:
    assert registry(azure_shared).protected

"""Workspaces: one in each region, and what is sent to them."""

import pytest

import environments
from tests.gcp.terraform import Assembly, Stack

WORKSPACE = "azurerm_log_analytics_workspace"
SETTING = "azurerm_monitor_diagnostic_setting"
BLOBS = ["StorageDelete", "StorageRead", "StorageWrite"]


@pytest.mark.plan("SEC-11", "AZR-1/recovery")
def test_each_region_has_a_workspace_that_keeps_logs_as_long_as_the_audit(azure: Assembly) -> None:
    days = environments.load()[0].policy.security.log_days
    for stack in azure.stacks.values():
        workspaces = stack.resources(WORKSPACE)
        networks = stack.resources("azurerm_virtual_network") or stack.resources("azurerm_container_registry")
        assert sorted(found["location"] for found in workspaces) == sorted(found["location"] for found in networks)
        for found in workspaces:
            assert found["retention_in_days"] == days
            assert found["local_authentication_enabled"] is False
            assert found.protected


@pytest.mark.plan("SEC-11", "SEC-8/managed")
def test_who_reads_a_secret_or_uses_a_key_is_logged(azure: Assembly) -> None:
    for stack in azure.stacks.values():
        settings = {
            setting["target_resource_id"].path: setting
            for setting in stack.resources(SETTING)
            if not isinstance(setting["target_resource_id"], str)
        }
        for vault in stack.resources("azurerm_key_vault"):
            setting = settings[vault.path]
            assert setting["enabled_log"] == [{"category": "AuditEvent"}]


@pytest.mark.plan("SEC-11")
def test_each_request_to_objects_and_dumps_is_logged(azure_environment: Stack) -> None:
    logged = {
        setting["target_resource_id"]: sorted(log["category"] for log in setting["enabled_log"])
        for setting in azure_environment.resources(SETTING)
        if isinstance(setting["target_resource_id"], str)
    }
    accounts = [
        account
        for construct in ("Storage", "Archive")
        for account in azure_environment.resources("azurerm_storage_account", construct)
    ]
    assert logged == {f"${{{account.type}.{account.name}.id}}/blobServices/default": BLOBS for account in accounts}


@pytest.mark.plan("SEC-11", "DR-6")
def test_each_request_to_a_state_is_logged(azure_shared: Stack) -> None:
    """The state holds what Azure generates, such as the cache's access key."""
    account = azure_shared.one("azurerm_storage_account", "State")
    setting = azure_shared.one(SETTING, "State")
    assert setting["target_resource_id"] == f"${{{account.type}.{account.name}.id}}/blobServices/default"
    assert sorted(log["category"] for log in setting["enabled_log"]) == BLOBS
    assert setting["log_analytics_workspace_id"] == azure_shared.one(WORKSPACE)


@pytest.mark.plan("SEC-11", "AZR-1/recovery")
def test_logs_of_a_region_stay_in_it(azure_environment: Stack) -> None:
    for setting in azure_environment.resources(SETTING):
        target = setting.body["target_resource_id"]
        (resource,) = (each for each in azure_environment.resources() if f"${{{each.type}.{each.name}." in target)
        assert setting["log_analytics_workspace_id"]["location"] == resource["location"], str(setting)

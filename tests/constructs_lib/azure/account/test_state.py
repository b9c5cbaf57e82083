"""Storage account of Terraform's state, and imports of what existed before the first deploy."""

import pytest

import environments
from tests.gcp.terraform import Assembly, Stack

ACCOUNT = "azurerm_storage_account"


@pytest.mark.plan("DR-6", "AZR-6/state")
def test_every_stack_keeps_its_state_in_the_one_account(azure: Assembly) -> None:
    shared = azure.stacks["azure-shared"]
    place = environments.load()[0].policy.account.azure
    assert place
    backends = {name: stack.content["terraform"]["backend"]["azurerm"] for name, stack in azure.stacks.items()}
    assert backends == {
        name: {
            "subscription_id": place.subscription_id,
            "tenant_id": place.tenant_id,
            "resource_group_name": shared.one("azurerm_resource_group", "StateGroup")["name"],
            "storage_account_name": shared.one(ACCOUNT)["name"],
            "container_name": shared.one("azurerm_storage_container")["name"],
            "key": f"{name}.tfstate",
            "use_azuread_auth": True,
        }
        for name in azure.stacks
    }


@pytest.mark.plan("DR-6", "AZR-6/state", "SEC-5")
def test_a_state_can_be_brought_back(azure_shared: Stack) -> None:
    account = azure_shared.one(ACCOUNT)
    days = environments.load()[0].policy.objects.old_versions_keep_days
    assert account["blob_properties"] == {
        "versioning_enabled": True,
        "delete_retention_policy": {"days": days},
        "container_delete_retention_policy": {"days": days},
    }
    assert account["account_replication_type"] == "ZRS"
    assert account["infrastructure_encryption_enabled"] is True
    assert account.protected
    assert azure_shared.one("azurerm_storage_container").protected
    lock = azure_shared.one("azurerm_management_lock", "State")
    assert (lock["scope"], lock["lock_level"]) == (account, "CanNotDelete")


@pytest.mark.plan("AZR-6/state", "SEC-9/keyless")
def test_a_state_is_read_by_those_who_deploy_and_without_a_key(azure_shared: Stack) -> None:
    account, container = azure_shared.one(ACCOUNT), azure_shared.one("azurerm_storage_container")
    assert account["shared_access_key_enabled"] is False
    assert account["default_to_oauth_authentication"] is True
    assert account["local_user_enabled"] is False
    assert account["allow_nested_items_to_be_public"] is False
    assert account["cross_tenant_replication_enabled"] is False
    assert container["container_access_type"] == "private"
    place = environments.load()[0].policy.account.azure
    assert place
    grant = azure_shared.one("azurerm_role_assignment", "State")
    assert (grant["scope"], grant["role_definition_name"]) == (container, "Storage Blob Data Owner")
    assert (grant["principal_id"], grant["principal_type"]) == (place.deployers, "Group")


def test_what_was_made_before_the_first_deploy_is_taken_over(azure_shared: Stack) -> None:
    imported = {entry["to"]: entry["id"] for entry in azure_shared.content["import"]}
    place = environments.load()[0].policy.account.azure
    assert place
    group = f"/subscriptions/{place.subscription_id}/resourceGroups/goodies-shared-state"
    account = azure_shared.one(ACCOUNT)
    account_id = f"{group}/providers/Microsoft.Storage/storageAccounts/{account['name']}"
    assert imported == {
        f"azurerm_resource_group.{azure_shared.one('azurerm_resource_group', 'StateGroup').name}": group,
        f"{ACCOUNT}.{account.name}": account_id,
        f"azurerm_storage_container.{azure_shared.one('azurerm_storage_container').name}": (
            f"{account_id}/blobServices/default/containers/state"
        ),
    }

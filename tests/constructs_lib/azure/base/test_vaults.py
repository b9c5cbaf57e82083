"""Vaults: who reaches them, and what a deletion leaves."""

import pytest

import environments
from tests.gcp.terraform import Assembly, Stack

VAULT = "azurerm_key_vault"


def regions(stack: Stack) -> set[str]:
    return {network["location"] for network in stack.resources("azurerm_virtual_network")}


@pytest.mark.plan("AZR-9", "SEC-8/managed")
def test_a_vault_stands_in_each_region_and_answers_roles_only(azure_environment: Stack) -> None:
    vaults = azure_environment.resources(VAULT)
    assert {vault["location"] for vault in vaults} == regions(azure_environment)
    for vault in vaults:
        assert vault["rbac_authorization_enabled"] is True
        assert vault.get("access_policy") is None


@pytest.mark.plan("SEC-2", "SEC-8/managed")
def test_a_vault_is_closed_but_to_deployers_and_its_private_endpoint(azure_environment: Stack) -> None:
    account = environments.load()[0].policy.account.azure
    assert account
    endpoints = azure_environment.resources("azurerm_private_endpoint")
    for vault in azure_environment.resources(VAULT):
        assert vault["network_acls"] == {
            "default_action": "Deny",
            "bypass": "AzureServices",
            "ip_rules": [str(addresses) for addresses in account.deployer_ranges],
        }
        (endpoint,) = (
            item for item in endpoints if item["private_service_connection"]["private_connection_resource_id"] == vault
        )
        assert endpoint["private_service_connection"]["subresource_names"] == ["vault"]
        assert endpoint["subnet_id"]["name"] == "endpoints"
        assert endpoint["location"] == vault["location"]
        (zone,) = endpoint["private_dns_zone_group"]["private_dns_zone_ids"]
        assert zone["name"] == "privatelink.vaultcore.azure.net"


@pytest.mark.plan("SEC-8/managed")
def test_what_is_deleted_can_be_recovered_and_nobody_purges_it(azure: Assembly) -> None:
    days: dict[str, set[object]] = {}
    for name, stack in azure.stacks.items():
        for vault in stack.resources(VAULT):
            assert vault["purge_protection_enabled"] is True
            assert vault.protected
            (lock,) = (item for item in stack.resources("azurerm_management_lock") if item["scope"] == vault)
            assert lock["lock_level"] == "CanNotDelete"
            days.setdefault(name, set()).add(vault["soft_delete_retention_days"])
        (provider,) = stack.content["provider"]["azurerm"]
        assert provider["features"][0]["key_vault"] == [{"purge_soft_delete_on_destroy": False}]
    assert days == {"azure-shared": {90}, "azure-dev": {7}, "azure-staging": {90}, "azure-prod": {90}}


def test_names_are_the_only_ones_and_fit(azure: Assembly) -> None:
    names = [vault["name"] for stack in azure.stacks.values() for vault in stack.resources(VAULT)]
    accounts = [item["name"] for stack in azure.stacks.values() for item in stack.resources("azurerm_storage_account")]
    assert len({*names, *accounts}) == len(names) + len(accounts)
    assert [name for name in (*names, *accounts) if not 3 <= len(name) <= 24] == []

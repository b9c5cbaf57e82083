"""Keys: their rotation, and what they encrypt."""

import pytest

import environments
from tests.gcp.terraform import Stack

KEY = "azurerm_key_vault_key"
ACCOUNT = "azurerm_storage_account"


@pytest.mark.plan("SEC-8/rotated")
def test_a_key_is_replaced_before_it_ends(azure_environment: Stack) -> None:
    days = environments.load()[0].policy.security.key_rotation_days
    keys = azure_environment.resources(KEY)
    assert {key["key_vault_id"].name for key in keys} == {
        vault.name for vault in azure_environment.resources("azurerm_key_vault")
    }
    for key in keys:
        rotation = key["rotation_policy"]
        assert rotation["automatic"] == {"time_after_creation": f"P{days}D"}
        assert int(rotation["expire_after"][1:-1]) > days + int(rotation["notify_before_expiry"][1:-1])
        assert (key["key_type"], key["key_size"], key["key_opts"]) == ("RSA", 3072, ["wrapKey", "unwrapKey"])
        assert key.protected


@pytest.mark.plan("SEC-5")
def test_an_account_is_encrypted_with_the_key_of_its_region(azure_environment: Stack) -> None:
    accounts = azure_environment.resources(ACCOUNT)
    assert accounts
    for account in accounts:
        given = account["customer_managed_key"]
        # Without a version, so that a rotation is followed.
        (key,) = (
            key
            for key in azure_environment.resources(KEY)
            if account.body["customer_managed_key"]["key_vault_key_id"]
            == f"${{azurerm_key_vault_key.{key.name}.versionless_id}}"
        )
        assert key["key_vault_id"]["location"] == account["location"]
        (identity,) = account["identity"]["identity_ids"]
        assert given["user_assigned_identity_id"] == identity
        (grant,) = (
            grant
            for grant in azure_environment.resources("azurerm_role_assignment")
            if identity.name in str(grant.body["principal_id"])
        )
        assert grant["role_definition_name"] == "Key Vault Crypto Service Encryption User"
        assert grant.body["scope"] == f"${{azurerm_key_vault_key.{key.name}.resource_versionless_id}}"
        assert grant["principal_type"] == "ServicePrincipal"
        assert f"azurerm_role_assignment.{grant.name}" in account.body["depends_on"]
        assert account["infrastructure_encryption_enabled"] is True


@pytest.mark.plan("SEC-6/encrypted")
def test_an_account_takes_no_connection_in_clear(azure_environment: Stack, azure_shared: Stack) -> None:
    for account in [*azure_environment.resources(ACCOUNT), *azure_shared.resources(ACCOUNT)]:
        assert account["min_tls_version"] == "TLS1_2"
        assert account.get("https_traffic_only_enabled", True) is True


@pytest.mark.plan("SEC-2")
def test_accounts_are_closed_but_to_azure_and_private_endpoints(azure_environment: Stack) -> None:
    for account in azure_environment.resources(ACCOUNT):
        assert account["network_rules"] == {"default_action": "Deny", "bypass": ["AzureServices"]}
        assert account["allow_nested_items_to_be_public"] is False
        assert account["local_user_enabled"] is False

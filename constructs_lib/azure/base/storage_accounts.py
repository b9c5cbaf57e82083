"""Storage accounts: in three zones, by TLS 1.2, without anonymous access (SEC-5, SEC-6)."""

from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.storage_account import (
    StorageAccount,
    StorageAccountBlobProperties,
    StorageAccountCustomerManagedKey,
    StorageAccountIdentity,
    StorageAccountNetworkRules,
)
from constructs import Construct

from constructs_lib.azure.base.resource_groups import ResourceGroup


def storage_account(
    scope: Construct,
    *,
    name: str,
    group: ResourceGroup,
    access_keys: bool,
    blob_properties: StorageAccountBlobProperties | None = None,
    network_rules: StorageAccountNetworkRules | None = None,
    identity: StorageAccountIdentity | None = None,
    customer_managed_key: StorageAccountCustomerManagedKey | None = None,
    depends_on: Sequence[ITerraformDependable] | None = None,
) -> StorageAccount:
    """Return a storage account that refuses to be destroyed.

    Args:
        scope: parent construct.
        name: name of the account, one of all in Azure.
        group: resource group in its region.
        access_keys: whether it takes access keys, beside tokens of Entra.
        blob_properties: versions, and how long what is deleted is kept.
        network_rules: who reaches it; everybody without.
        identity: it encrypts with its key by this identity.
        customer_managed_key: encryption key; the platform's without.
        depends_on: what must stand before.
    """
    return StorageAccount(
        scope,
        "account",
        name=name,
        resource_group_name=group.name,
        location=group.location,
        account_kind="StorageV2",
        account_tier="Standard",
        account_replication_type="ZRS",
        shared_access_key_enabled=access_keys,
        default_to_oauth_authentication=None if access_keys else True,
        local_user_enabled=False,
        allow_nested_items_to_be_public=False,
        cross_tenant_replication_enabled=False,
        min_tls_version="TLS1_2",
        infrastructure_encryption_enabled=True,
        blob_properties=blob_properties,
        network_rules=network_rules,
        identity=identity,
        customer_managed_key=customer_managed_key,
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        depends_on=depends_on,
    )

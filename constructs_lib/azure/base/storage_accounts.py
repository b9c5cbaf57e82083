"""Storage accounts: by TLS 1.2, without anonymous access, encrypted (SEC-5, SEC-6)."""

from collections.abc import Sequence
from typing import Literal

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.storage_account import (
    StorageAccount,
    StorageAccountBlobProperties,
    StorageAccountBlobPropertiesContainerDeleteRetentionPolicy,
    StorageAccountBlobPropertiesDeleteRetentionPolicy,
    StorageAccountCustomerManagedKey,
    StorageAccountIdentity,
    StorageAccountNetworkRules,
)
from constructs import Construct

from constructs_lib.azure.base.keys import Key, key_identity
from constructs_lib.azure.base.resource_groups import ResourceGroup

# Copies in three zones of a region, or within one. Geo-redundant kinds copy to the region's pair, which is none of ours
# ("Azure Storage redundancy").
Redundancy = Literal["ZRS", "LRS"]


def storage_account(
    scope: Construct,
    *,
    name: str,
    group: ResourceGroup,
    access_keys: bool,
    redundancy: Redundancy = "ZRS",
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
        redundancy: where its copies are.
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
        account_replication_type=redundancy,
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


def encrypted_account(
    scope: Construct,
    *,
    purpose: str,
    name: str,
    group: ResourceGroup,
    key: Key,
    access_keys: bool = False,
    redundancy: Redundancy = "ZRS",
    blob_properties: StorageAccountBlobProperties | None = None,
) -> StorageAccount:
    """Return a storage account with the encryption key of its region, closed but to Azure itself and private endpoints.

    Args:
        scope: parent construct.
        purpose: what it holds, in the name of its identity.
        name: name of the account, one of all in Azure.
        group: resource group in its region.
        key: encryption key of the region.
        access_keys: whether it takes access keys, beside tokens of Entra.
        redundancy: where its copies are.
        blob_properties: versions, and how long what is deleted is kept.
    """
    identity = key_identity(scope, name=f"{purpose}-{group.location}", group=group)
    return storage_account(
        scope,
        name=name,
        group=group,
        access_keys=access_keys,
        redundancy=redundancy,
        blob_properties=blob_properties,
        network_rules=StorageAccountNetworkRules(default_action="Deny", bypass=["AzureServices"]),
        identity=StorageAccountIdentity(type="UserAssigned", identity_ids=[identity.id]),
        customer_managed_key=StorageAccountCustomerManagedKey(
            key_vault_key_id=key.key.versionless_id, user_assigned_identity_id=identity.id
        ),
        depends_on=[key.grant_use(purpose.title(), identity)],
    )


def recoverable(
    days: int, *, versioning: bool | None = None, change_feed: bool | None = None
) -> StorageAccountBlobProperties:
    """Return properties of blobs by which what is deleted, a container too, can be recovered.

    Args:
        days: how long.
        versioning: whether what is overwritten is kept as a version.
        change_feed: whether changes are listed, which replication reads ("Object replication for block blobs").
    """
    return StorageAccountBlobProperties(
        versioning_enabled=versioning,
        change_feed_enabled=change_feed,
        delete_retention_policy=StorageAccountBlobPropertiesDeleteRetentionPolicy(days=days),
        container_delete_retention_policy=StorageAccountBlobPropertiesContainerDeleteRetentionPolicy(days=days),
    )

"""Storage account of the logs of one region (SEC-11)."""

from cdktf_cdktf_provider_azurerm.storage_account import (
    StorageAccountCustomerManagedKey,
    StorageAccountIdentity,
    StorageAccountNetworkRules,
)
from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.base.storage_accounts import storage_account
from constructs_lib.naming import PROJECT


class Logs(Construct):
    """Storage account that Azure itself writes logs to; from elsewhere nobody reaches it.

    It takes access keys, which no other account does: flow logs are written with one as long as the provider cannot
    give them an identity (issue #30219 of hashicorp/terraform-provider-azurerm).

    Args:
        name: name of the account, one of all in Azure.
        group: resource group in its region.
        key: encryption key of the region.

    Attributes:
        account: the storage account.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, group: ResourceGroup, key: Key) -> None:
        super().__init__(scope, construct_id)
        identity = UserAssignedIdentity(
            self,
            "identity",
            name=f"{PROJECT}-logs-{group.location}",
            resource_group_name=group.name,
            location=group.location,
        )
        self.account = storage_account(
            self,
            name=name,
            group=group,
            access_keys=True,
            network_rules=StorageAccountNetworkRules(default_action="Deny", bypass=["AzureServices"]),
            identity=StorageAccountIdentity(type="UserAssigned", identity_ids=[identity.id]),
            customer_managed_key=StorageAccountCustomerManagedKey(
                key_vault_key_id=key.key.versionless_id, user_assigned_identity_id=identity.id
            ),
            depends_on=[key.grant_use("Logs", identity)],
        )

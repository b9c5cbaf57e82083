"""Key vault: keys and secrets of one region (AZR-9, SEC-8, DR-7)."""

from collections.abc import Sequence
from ipaddress import IPv4Network

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.key_vault import KeyVault, KeyVaultNetworkAcls
from cdktf_cdktf_provider_azurerm.management_lock import ManagementLock
from constructs import Construct

from constructs_lib.azure.base.resource_groups import ResourceGroup


class Vault(Construct):
    """Vault that answers who holds a role, from the deployers' addresses and its private endpoint.

    Whatever is deleted can be recovered, and nobody can purge it before its time: purge protection cannot be taken
    back, and the days cannot be changed ("Azure Key Vault soft-delete overview").

    Args:
        name: name of the vault, one of all in Azure.
        group: resource group in its region.
        tenant: id of the tenant.
        recovery_days: how long what is deleted can be recovered.
        deployer_ranges: public addresses that Terraform writes from.

    Attributes:
        vault: the vault.
        location: name of its region.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        group: ResourceGroup,
        tenant: str,
        recovery_days: int,
        deployer_ranges: Sequence[IPv4Network],
    ) -> None:
        super().__init__(scope, construct_id)
        self.location = group.location
        self.vault = KeyVault(
            self,
            "vault",
            name=name,
            resource_group_name=group.name,
            location=group.location,
            tenant_id=tenant,
            sku_name="standard",
            rbac_authorization_enabled=True,
            purge_protection_enabled=True,
            soft_delete_retention_days=recovery_days,
            public_network_access_enabled=True,
            network_acls=KeyVaultNetworkAcls(
                default_action="Deny",
                # Storage and databases reach their key as trusted services ("Virtual network service endpoints for
                # Azure Key Vault").
                bypass="AzureServices",
                ip_rules=[str(addresses) for addresses in deployer_ranges],
            ),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        ManagementLock(
            self,
            "lock",
            name="vault",
            scope=self.vault.id,
            lock_level="CanNotDelete",
            notes="Without its keys nothing that they encrypt can be read",
        )

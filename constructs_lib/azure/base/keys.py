"""Key of a vault that encrypts everything at rest in its region (SEC-5, SEC-8)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.key_vault_key import (
    KeyVaultKey,
    KeyVaultKeyRotationPolicy,
    KeyVaultKeyRotationPolicyAutomatic,
)
from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.naming import PROJECT
from environments import SecurityPolicy

# A version outlives its successor's creation by as much, in which services take the new one.
_OVERLAP_DAYS = 35
_NOTICE_DAYS = 30


class Key(Construct):
    """Key of an environment in one region, for the data stored there; each service wraps its own keys with it.

    Args:
        policy: rotation period.
        vault: vault of the region.

    Attributes:
        key: the key; resources take its ``versionless_id``, which follows the rotation, or its ``id`` with the version.
        location: name of its region.
    """

    def __init__(self, scope: Construct, construct_id: str, *, policy: SecurityPolicy, vault: Vault) -> None:
        super().__init__(scope, construct_id)
        self.location = vault.location
        self.key = KeyVaultKey(
            self,
            "key",
            name=PROJECT,
            key_vault_id=vault.vault.id,
            key_type="RSA",
            key_size=3072,
            key_opts=["wrapKey", "unwrapKey"],
            rotation_policy=KeyVaultKeyRotationPolicy(
                automatic=KeyVaultKeyRotationPolicyAutomatic(time_after_creation=f"P{policy.key_rotation_days}D"),
                expire_after=f"P{policy.key_rotation_days + _OVERLAP_DAYS}D",
                notify_before_expiry=f"P{_NOTICE_DAYS}D",
            ),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )

    def grant_use(self, name: str, identity: UserAssignedIdentity) -> RoleAssignment:
        """Grant the use of the key to a service's identity; what the service encrypts must depend on the result.

        Args:
            name: name of the grant, after the service.
            identity: identity that the service takes.
        """
        return RoleAssignment(
            self,
            name,
            scope=self.key.resource_versionless_id,
            role_definition_name="Key Vault Crypto Service Encryption User",
            principal_id=identity.principal_id,
            # Without it Azure looks up an identity that it may not know yet ("Troubleshoot Azure RBAC").
            principal_type="ServicePrincipal",
        )


def key_identity(scope: Construct, *, name: str, group: ResourceGroup) -> UserAssignedIdentity:
    """Return an identity by which a service reaches its key.

    Args:
        scope: construct of the service.
        name: its name, after the project's.
        group: resource group in the service's region.
    """
    return UserAssignedIdentity(
        scope,
        "identity",
        name=f"{PROJECT}-{name}",
        resource_group_name=group.name,
        location=group.location,
    )

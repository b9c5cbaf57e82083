"""Secrets of the service in the vaults of both regions (AZR-9, DR-7, SEC-8)."""

from collections.abc import Mapping, Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.key_vault_secret import KeyVaultSecret
from cdktf_cdktf_provider_azurerm.role_assignment import RoleAssignment
from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from constructs_lib import naming
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.ephemeral import random_password


class Secret(Construct):
    """Secret, the same in each vault.

    It has no readers at first; add one with ``secret.grant_read("Service", identity)``.

    Attributes:
        secrets: the secret in each vault, by the name of its region.
    """

    secrets: Mapping[str, KeyVaultSecret]

    def grant_read(self, reader: str, identity: UserAssignedIdentity) -> list[RoleAssignment]:
        """Grant an identity the reading of all versions, in each vault.

        Args:
            reader: name of the grant.
            identity: reader.
        """
        return [
            RoleAssignment(
                self,
                f"{reader}_{location}",
                scope=secret.resource_versionless_id,
                role_definition_name="Key Vault Secrets User",
                principal_id=identity.principal_id,
                principal_type="ServicePrincipal",
            )
            for location, secret in self.secrets.items()
        ]


class StoredSecret(Secret):
    """Secret whose value Azure generates: Terraform's state holds it in any case.

    Args:
        name: name of the secret.
        vaults: a vault for each region.
        value: reference to the value.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, vaults: Sequence[Vault], value: str) -> None:
        super().__init__(scope, construct_id)
        self.secrets = {
            vault.location: KeyVaultSecret(
                self,
                vault.location,
                name=name,
                key_vault_id=vault.vault.id,
                value=value,
                lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            )
            for vault in vaults
        }


class GeneratedSecret(Secret):
    """Generated secret, the same in each vault, whose value is in no state file.

    Args:
        name: name of the secret.
        vaults: a vault for each region.
        length: number of characters.
        generation: a higher one writes a new version, in all vaults in one run: the value is another in the next.
        mixed: whether lower case, upper case and digits are all in it, for certain.

    Attributes:
        value: the value, for other write-only arguments that need it; pass the generation as their version.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        vaults: Sequence[Vault],
        length: int,
        generation: int = 1,
        mixed: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.value = random_password(self, name, length=length, mixed=mixed)
        self.secrets = {
            vault.location: KeyVaultSecret(
                self,
                vault.location,
                name=name,
                key_vault_id=vault.vault.id,
                value_wo=self.value,
                value_wo_version=generation,
                lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            )
            for vault in vaults
        }


class Secrets(Construct):
    """Secrets of the service. Grant reading with ``secrets.jwt.grant_read(…)``, one by one.

    Attributes:
        jwt: signing key of the service's tokens, shared by all its instances.
        admin_password_hash: argon2 hash of the administrator's password. It starts as random characters, which no
            password matches, until an operator adds a version to each vault.
        application: the application's own secrets by the name of their variable, random characters at first.

    Args:
        application: names of the application's secret variables.
        vaults: a vault for each region.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, application: Sequence[str], vaults: Sequence[Vault]
    ) -> None:
        super().__init__(scope, construct_id)
        self.jwt = GeneratedSecret(self, "Jwt", name="jwt-secret", vaults=vaults, length=64)
        self.admin_password_hash = GeneratedSecret(
            self, "AdminPasswordHash", name="admin-password-hash", vaults=vaults, length=32
        )
        self.application = {
            variable: GeneratedSecret(
                self,
                variable,
                name=f"application-{naming.application_secret(variable)}",
                vaults=vaults,
                length=64,
            )
            for variable in application
        }

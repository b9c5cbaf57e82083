"""Keys that a database server, a cache or a registry cannot use; storage accounts are in ``test_refusals``."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.local.azure.conftest import GROUP, SUBSCRIPTION, Azure
from tests.local.azure.refusals.test_refusals import refused

VAULT = "goodies-vault.vault.azure.net"
KEY = f"https://{VAULT}/keys/k"
WRAP = "e147488a-f6f5-4113-8e2d-b22465e65bf6"  # Key Vault Crypto Service Encryption User
Make = Callable[[Azure, Any, str, str], Any]


def server(azure: Azure, identity: Any, url: str, location: str) -> Any:
    encryption = {"type": "AzureKeyVault", "primaryKeyURI": url, "primaryUserAssignedIdentityId": identity["id"]}
    return azure.put(
        "Microsoft.DBforPostgreSQL/flexibleServers/goodies",
        {"dataEncryption": encryption},
        location=location,
        sku={"name": "Standard_D2ds_v4", "tier": "GeneralPurpose"},
    )


def cache(azure: Azure, identity: Any, url: str, location: str) -> Any:
    own = {"identityType": "userAssignedIdentity", "userAssignedIdentityResourceId": identity["id"]}
    encryption = {"customerManagedKeyEncryption": {"keyEncryptionKeyUrl": url, "keyEncryptionKeyIdentity": own}}
    path = "Microsoft.Cache/redisEnterprise/goodies"
    return azure.put(path, {"encryption": encryption}, location=location, sku={"name": "Balanced_B3"})


def registry(azure: Azure, identity: Any, url: str, location: str) -> Any:
    settings = {"keyIdentifier": url, "identity": identity["properties"]["clientId"]}
    path = "Microsoft.ContainerRegistry/registries/goodies"
    encryption = {"status": "enabled", "keyVaultProperties": settings}
    return azure.put(path, {"encryption": encryption}, location=location, sku={"name": "Premium"})


@pytest.fixture
def identity(azure: Azure) -> Any:
    azure.register("Microsoft.DBforPostgreSQL", "Microsoft.Cache", "Microsoft.ContainerRegistry")
    azure.assign("Key Vault Administrator", SUBSCRIPTION)
    return azure.put("Microsoft.ManagedIdentity/userAssignedIdentities/i", location="eastus")


@pytest.mark.parametrize(
    ("make", "absent", "denied"),
    [
        (server, "AzureKeyVaultKeyNotFound", "AzureKeyVaultMissingPermissions"),
        (cache, "KeyVaultEncryptionKeyNotFound", "KeyVaultAuthenticationFailure"),
        (registry, "KeyVaultEncryptionKeyNotFound", "KeyVaultAuthenticationFailure"),
    ],
)
def test_a_key_is_there_protected_and_allowed(
    azure: Azure, identity: Any, make: Make, absent: str, denied: str
) -> None:
    refused(absent, lambda: make(azure, identity, KEY, "eastus"))
    azure.vault()
    kid = azure.call("POST", "/keys/k/create", {"kty": "RSA"}, host=VAULT)["key"]["kid"]
    refused("KeyVaultPolicyError", lambda: make(azure, identity, kid, "eastus"))
    azure.vault(enablePurgeProtection=True)
    refused(denied, lambda: make(azure, identity, kid, "eastus"))
    definition = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{WRAP}"
    properties = {"roleDefinitionId": definition, "principalId": identity["properties"]["principalId"]}
    scope = f"{GROUP}/providers/Microsoft.KeyVault/vaults/goodies-vault/keys/k"
    azure.put(
        f"{scope}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-0000000000cc", properties
    )
    if make is cache:
        refused("InvalidEncryptionKeyUrl", lambda: make(azure, identity, KEY, "eastus"))
    if make is not registry:
        refused("KeyVaultInAnotherRegion", lambda: make(azure, identity, kid, "westus2"))
    make(azure, identity, kid, "eastus")

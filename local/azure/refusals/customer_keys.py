"""Refusal of keys that a storage account cannot use."""

from typing_extensions import override

from local.azure.arm.calls import Call, Place
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get
from local.azure.arm.services import storage, vaults
from local.azure.refusals.rule import Rule
from local.azure.roles.assignments import assigned

_WRAP = "Microsoft.KeyVault/vaults/keys/wrap/action"


class CustomerKeys(Rule):
    """Rule: an account's key is in a vault with purge protection, and the account's identity may use it."""

    text = (
        "A storage account is refused whose key is not there, whose vault lacks purge protection, or whose identity "
        "has no role on the key yet."
    )
    source = '"Customer-managed keys for Azure Storage encryption", error codes of the storage resource provider'

    @override
    def check(self, call: Call) -> None:
        encryption = get(call.body, "properties.encryption") or {}
        if not call.writes or call.kind.type != storage.ACCOUNT or encryption.get("keySource") != "Microsoft.Keyvault":
            return
        host = (get(encryption, "keyvaultproperties.keyvaulturi") or "").removeprefix("https://")
        name = host.partition(".")[0].lower()
        key = get(encryption, "keyvaultproperties.keyname") or ""
        found = (each for each in call.cloud.of_kind(vaults.KIND).values() if each["id"].lower().endswith(f"/{name}"))
        vault = next(found, None)
        if vault is None or call.cloud.documents("vault keys").get(f"{name}/{key.lower()}") is None:
            message = f"The specified key '{key}' of the key vault '{name}' is not found."
            raise Refusal(400, "KeyVaultEncryptionKeyNotFound", message)
        if not get(vault["body"], "properties.enablePurgeProtection"):
            message = "Key Vault policy is not enabled: the vault must have soft delete and purge protection."
            raise Refusal(400, "KeyVaultPolicyError", message)
        identity = ResourceId(get(encryption, "identity.userAssignedIdentity") or call.id.path)
        target = ResourceId(vault["id"]).below("keys", key)
        roles = assigned(call.cloud, Place(identity, "").principal, target, data=True)
        if not any(role.allows(_WRAP, data=True) for role in roles):
            raise Refusal(
                400,
                "KeyVaultAuthenticationFailure",
                "The operation failed because of authentication issue on the keyvault. For more information, see -"
                " https://aka.ms/storagekeyvaultaccesspolicy.",
            )

"""Refusal of keys that a storage account, a database server, a cache or a registry cannot use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from typing_extensions import override

from local.azure.arm.calls import Call, Cloud, Place
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get
from local.azure.arm.services import postgresql, redis, registries, storage, vaults
from local.azure.refusals.rule import Rule
from local.azure.roles.assignments import assigned

_WRAP = "Microsoft.KeyVault/vaults/keys/wrap/action"
_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"


@dataclass(frozen=True)
class _Use:
    """Use of a key: the key's address, and the principal that unwraps with it."""

    url: str
    principal: str

    @property
    def vault(self) -> str:
        return (urlsplit(self.url).hostname or "").partition(".")[0].lower()

    @property
    def key(self) -> str:
        """Name of the key."""
        return [*urlsplit(self.url).path.split("/"), "", ""][2]

    @property
    def version(self) -> str:
        return [*urlsplit(self.url).path.split("/"), "", "", ""][3]


@dataclass(frozen=True)
class _Words:
    """Errors of a provider: each with its code and message."""

    absent: tuple[str, str]
    unprotected: tuple[str, str]
    denied: tuple[str, str]
    near: bool = False
    versioned: bool = False


class CustomerKeys(Rule):
    """Rule: a key is in a vault with purge protection, and the identity that is to use it may."""

    text = (
        "A storage account, a PostgreSQL server, a Managed Redis or a registry is refused whose key is not there, "
        "whose vault lacks purge protection or, for server and cache, is in another region, or whose identity has no "
        "role on the key yet; a cache takes a version of a key only."
    )
    source = (
        '"Customer-managed keys for Azure Storage encryption", error codes of the storage resource provider; azurerm '
        'issue 21535; "Data encryption", Azure Database for PostgreSQL; "Configure disk encryption", Managed Redis'
    )

    @override
    def check(self, call: Call) -> None:
        find = _USES.get(call.kind.type)
        use = find(call) if find and call.writes else None
        if use:
            _check(call, use, _WORDS.get(call.kind.type, _USUAL))


def _check(call: Call, use: _Use, words: _Words) -> None:
    found = (each for each in call.cloud.of_kind(vaults.KIND).values() if each["id"].lower().endswith(f"/{use.vault}"))
    vault = next(found, None)
    names = {"key": use.key, "vault": use.vault, "url": use.url}
    if vault is None or call.cloud.documents("vault keys").get(f"{use.vault}/{use.key.lower()}") is None:
        raise _refusal(words.absent, names)
    # No document names the codes of the next two.
    if words.versioned and not use.version:
        message = "The key URL '{url}' is invalid: it must have a version."
        raise _refusal(("InvalidEncryptionKeyUrl", message), names)
    location = call.body.get("location") or (call.stored or {}).get("body", {}).get("location", "")
    if words.near and vault["body"].get("location") != location.replace(" ", "").lower():
        message = "The key vault '{vault}' must be in the region of the resource."
        raise _refusal(("KeyVaultInAnotherRegion", message), names)
    if not get(vault["body"], "properties.enablePurgeProtection"):
        raise _refusal(words.unprotected, names)
    roles = assigned(call.cloud, use.principal, ResourceId(vault["id"]).below("keys", use.key), data=True)
    if not any(role.allows(_WRAP, data=True) for role in roles):
        raise _refusal(words.denied, names)


def _refusal(error: tuple[str, str], names: Mapping[str, str]) -> Refusal:
    code, message = error
    return Refusal(400, code, message.format(**names))


def _principal(identity: str | None) -> str:
    return Place(ResourceId(identity or "/"), "").principal


def _of_account(call: Call) -> _Use | None:
    encryption = get(call.body, "properties.encryption") or {}
    if encryption.get("keySource") != "Microsoft.Keyvault":
        return None
    settings: Mapping[str, Any] = encryption.get("keyvaultproperties") or {}
    vault = str(settings.get("keyvaulturi") or "").rstrip("/")
    identity = get(encryption, "identity.userAssignedIdentity") or call.id.path
    return _Use(f"{vault}/keys/{settings.get('keyname') or ''}", _principal(identity))


def _of_server(call: Call) -> _Use | None:
    encryption = get(call.body, "properties.dataEncryption") or {}
    url = encryption.get("primaryKeyURI")
    return _Use(url, _principal(encryption.get("primaryUserAssignedIdentityId"))) if url else None


def _of_cache(call: Call) -> _Use | None:
    encryption = get(call.body, "properties.encryption.customerManagedKeyEncryption") or {}
    url = encryption.get("keyEncryptionKeyUrl")
    identity = get(encryption, "keyEncryptionKeyIdentity.userAssignedIdentityResourceId")
    return _Use(url, _principal(identity)) if url else None


def _of_registry(call: Call) -> _Use | None:
    settings = get(call.body, "properties.encryption.keyVaultProperties") or {}
    url = settings.get("keyIdentifier")
    # It names the client of the identity, and not the identity.
    return _Use(url, _of_client(call.cloud, str(settings.get("identity")))) if url else None


def _of_client(cloud: Cloud, client: str) -> str:
    places = (Place(ResourceId(each["id"]), "") for each in cloud.of_kind(_IDENTITY).values())
    return next((place.principal for place in places if place.client == client), "")


_USES: Mapping[str, Callable[[Call], _Use | None]] = {
    storage.ACCOUNT: _of_account,
    postgresql.SERVER: _of_server,
    redis.CACHE: _of_cache,
    registries.KIND: _of_registry,
}
_USUAL = _Words(
    absent=("KeyVaultEncryptionKeyNotFound", "The specified key '{key}' of the key vault '{vault}' is not found."),
    unprotected=(
        "KeyVaultPolicyError",
        "Key Vault policy is not enabled: the vault must have soft delete and purge protection.",
    ),
    denied=(
        "KeyVaultAuthenticationFailure",
        "The operation failed because of authentication issue on the keyvault. For more information, see -"
        " https://aka.ms/storagekeyvaultaccesspolicy.",
    ),
)
_WORDS: Mapping[str, _Words] = {
    postgresql.SERVER: _Words(
        absent=("AzureKeyVaultKeyNotFound", "The key '{url}' of the server was not found."),
        unprotected=_USUAL.unprotected,
        denied=(
            "AzureKeyVaultMissingPermissions",
            "The server requires following Azure Key Vault permissions: 'Get, WrapKey, UnwrapKey'.",
        ),
        near=True,
    ),
    redis.CACHE: _Words(
        absent=_USUAL.absent, unprotected=_USUAL.unprotected, denied=_USUAL.denied, near=True, versioned=True
    ),
}

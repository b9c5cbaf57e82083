"""Refusal of names that are taken: by a resource of anybody, or by a vault that was deleted."""

from collections.abc import Mapping

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get
from local.azure.arm.services import postgresql, redis, registries, storage, vaults
from local.azure.refusals.rule import Rule


class TakenNames(Rule):
    """Rule: no two accounts, vaults, servers, caches or registries share a name; a deleted vault keeps its own."""

    text = (
        "The name of a storage account, a vault, a PostgreSQL server, a Managed Redis or a registry that anybody has "
        "is refused; the name of a deleted vault is taken for its retention."
    )
    source = (
        '"Resolve errors for storage account names"; azure-powershell 15115; "Azure Key Vault soft-delete overview"; '
        "azure-service-operator 2428; acme-fitness-store 13; azure-cli 13951"
    )

    @override
    def check(self, call: Call) -> None:
        if not call.creates or not call.kind.global_names:
            return
        name = call.id.name.lower()
        others = call.cloud.of_kind(call.kind.type).values()
        taken = any(ResourceId(each["id"]).name.lower() == name for each in others)
        if call.kind.type == vaults.KIND:
            _check_vault(call, taken=taken)
        elif taken:
            code, message = _TAKEN[call.kind.type]
            raise Refusal(409, code, message.format(name=call.id.name))


_TAKEN: Mapping[str, tuple[str, str]] = {
    storage.ACCOUNT: ("StorageAccountAlreadyTaken", "The storage account named {name} is already taken."),
    postgresql.SERVER: (
        "ServerNameAlreadyExists",
        "Specified server name is already used.",
    ),
    redis.CACHE: (
        "NameNotAvailable",
        "An error occured when trying to reserve the DNS name for the cache instance. This may be a temporary issue if"
        " a cache instance of this name was recently deleted. Please choose a different name or try again later.",
    ),
    registries.KIND: (
        "AlreadyInUse",
        "The registry DNS name {name}.azurecr.io is already in use. You can check if the name is already claimed using"
        " following API: https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability",
    ),
}


def _check_vault(call: Call, *, taken: bool) -> None:
    if taken:
        raise Refusal(
            409,
            "VaultAlreadyExists",
            f"The vault name '{call.id.name}' is already in use. Vault names are globally unique so it is possible that"
            " the name is already taken. If the vault is in a recoverable state then the vault will need to be purged"
            " before reusing the name.",
        )
    deleted = vaults.find_deleted(call.cloud, call.id.name)
    recovers = get(call.body, "properties.createMode") == "recover"
    if deleted and recovers and deleted["stored"]["id"].lower() != call.id.key:
        message = f"The vault '{call.id.name}' was deleted from {deleted['stored']['id']}."
        raise Refusal(409, "VaultAlreadyExists", message)
    if deleted and not recovers:
        raise Refusal(
            409,
            "ConflictError",
            "A vault with the same name already exists in deleted state. You need to either recover or purge existing"
            " key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft"
            " delete.",
        )
    if recovers and not deleted:
        message = f"A soft deleted vault with the given name '{call.id.name}' does not exist."
        raise Refusal(404, "SoftDeletedVaultDoesNotExist", message)

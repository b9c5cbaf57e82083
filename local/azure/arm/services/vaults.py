"""Microsoft.KeyVault: vaults, and those that were deleted and are kept."""

import datetime
from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm import verbs
from local.azure.arm.calls import Call, Cloud, handles
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get, shows, write
from local.proxy.api import Response

KIND = "Microsoft.KeyVault/vaults"
_DELETED = "Microsoft.KeyVault/locations/deletedVaults"
_SPACE = "deleted vaults"


@handles("PUT", KIND)
def put(call: Call) -> Json:
    """Make a vault, change it, or bring a deleted one back ("Vaults - Create Or Update", createMode).

    Raises:
        Refusal: a deleted one has the name.
    """
    verbs.require_parent(call)
    created = call.stored is None
    deleted = find_deleted(call.cloud, call.id.name)
    if get(call.body, "properties.createMode") == "recover" and deleted:
        call.cloud.documents(_SPACE).delete(call.id.name.lower())
        call.cloud.resources.put(call.id.key, deleted["stored"])
    return verbs.answer_change(call, write(call, call.body), created=created)


@handles("DELETE", KIND)
def delete(call: Call) -> Json:
    """Delete a vault: it is kept for its retention, with its name."""
    if call.stored is not None:
        keep_deleted(call.cloud, call.id)
    return verbs.delete(call)


@handles("GET", _DELETED)
def get_deleted(call: Call) -> Json:
    """Answer a deleted vault.

    Raises:
        Refusal: there is none of the name.
    """
    found = find_deleted(call.cloud, call.id.name)
    if found is None:
        message = f"The specified deleted vault '{call.id.name}' does not exist."
        raise Refusal(404, "DeletedVaultNotFound", message)
    return _shown(call, found)


@handles("list", _DELETED)
def list_deleted(call: Call) -> Json:
    """Answer all deleted vaults."""
    return {"value": [_shown(call, each) for each in call.cloud.documents(_SPACE).list().values()]}


@handles("purge", _DELETED)
def purge(call: Call) -> Json:
    """Remove a deleted vault for ever.

    Raises:
        Refusal: it is protected from that ("Azure Key Vault soft-delete overview", purge protection).
    """
    found = find_deleted(call.cloud, call.id.name)
    if found is None:
        message = f"The specified deleted vault '{call.id.name}' does not exist."
        raise Refusal(404, "DeletedVaultNotFound", message)
    if get(found["stored"]["body"], "properties.enablePurgeProtection"):
        raise Refusal(409, "Conflict", f"Operation 'DeletedVaultPurge' is not allowed on vault '{call.id.name}'.")
    call.cloud.documents(_SPACE).delete(call.id.name.lower())
    return Response(status=200)


@shows(KIND)
def show(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the private endpoints of a vault."""
    endpoints = [
        each["id"]
        for each in cloud.below(resource.subscription_id, "Microsoft.Network/privateEndpoints").values()
        for connection in get(each["body"], "properties.privateLinkServiceConnections") or ()
        if connection["properties"]["privateLinkServiceId"].lower() == resource.key
    ]
    del shown
    connections = [
        {
            "id": f"{resource}/privateEndpointConnections/{ResourceId(each).name}",
            "properties": {
                "privateEndpoint": {"id": each},
                "privateLinkServiceConnectionState": {"status": "Approved", "actionsRequired": "None"},
                "provisioningState": "Succeeded",
            },
        }
        for each in endpoints
    ]
    return {"properties": {"privateEndpointConnections": connections} if connections else {}}


def find_deleted(cloud: Cloud, name: str) -> Json | None:
    """Return a deleted vault whose retention has not run out; None where there is none of the name."""
    found = cloud.documents(_SPACE).get(name.lower())
    if found and datetime.datetime.fromisoformat(found["until"]) <= cloud.time():
        cloud.documents(_SPACE).delete(name.lower())
        return None
    return found


def keep_deleted(cloud: Cloud, vault: ResourceId) -> None:
    """Keep a vault that is deleted, for its retention."""
    stored = cloud.find(vault)
    days = get(stored["body"], "properties.softDeleteRetentionInDays") or 90 if stored else 0
    until = cloud.time() + datetime.timedelta(days=days)
    cloud.documents(_SPACE).put(
        vault.name.lower(), {"stored": stored, "deleted": cloud.now(), "until": until.isoformat()}
    )


def _shown(call: Call, found: Mapping[str, Any]) -> Json:
    stored = found["stored"]
    return {
        "id": f"{call.id.subscription_id}/providers/Microsoft.KeyVault/locations/{stored['body']['location']}"
        f"/deletedVaults/{ResourceId(stored['id']).name}",
        "name": ResourceId(stored["id"]).name,
        "type": "Microsoft.KeyVault/deletedVaults",
        "properties": {
            "vaultId": stored["id"],
            "location": stored["body"]["location"],
            "tags": stored["body"].get("tags", {}),
            "deletionDate": found["deleted"],
            "scheduledPurgeDate": found["until"],
            "purgeProtectionEnabled": get(stored["body"], "properties.enablePurgeProtection"),
        },
    }

"""Microsoft.Resources: resource groups."""

from assembly.values import Json
from local.azure.arm import verbs
from local.azure.arm.calls import Call, handles
from local.azure.arm.errors import Refusal, absent
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import remove
from local.azure.arm.services import vaults
from local.proxy.api import Response

_KIND = "Microsoft.Resources/resourceGroups"


@handles("PUT", _KIND)
def put(call: Call) -> Json:
    """Make a resource group, or change its tags.

    Raises:
        Refusal: it is somewhere else already ("Resource groups - Create Or Update").
    """
    stored = call.stored
    wanted = call.body.get("location", "").replace(" ", "").lower()
    if stored and stored["body"].get("location") != wanted:
        raise Refusal(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{wanted}'. The Resource group already exists in location"
            f" '{stored['body'].get('location')}'.",
        )
    return verbs.put(call)


@handles("DELETE", _KIND)
def delete(call: Call) -> Json:
    """Remove a resource group with all that is in it; vaults stay as deleted ones."""
    if call.stored is None:
        raise absent(call.id, "")
    for stored in call.cloud.below(call.id, vaults.KIND).values():
        vaults.keep_deleted(call.cloud, ResourceId(stored["id"]))
    remove(call.cloud, call.id)
    return Response(status=200)

"""Refusal of references to what is not there, or is elsewhere."""

from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.data import kinds
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.refusals.rule import Rule

_NETWORK = "Microsoft.Network"
_PEERING = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings"
# Of any region: a peering's other side, zones, which are global, and what a private endpoint leads to ("What is a
# private endpoint?").
_FAR = ("microsoft.network/virtualnetworks", "microsoft.network/privatednszones", "microsoft.keyvault/vaults")


class References(Rule):
    """Rule: what a network resource refers to is there, and in the same region."""

    text = "A reference of a network resource to one that is not there, or in another region, is refused."
    source = '"Resolve errors for resource not found": InvalidResourceReference; azurerm issue 16250'

    @override
    def check(self, call: Call) -> None:
        if not call.writes or call.kind.namespace != _NETWORK:
            return
        for path in dict.fromkeys(_named(call.body)):
            resource = ResourceId(path)
            kind = kinds().get(resource.type)
            if kind is None or resource.within(call.id) or not resource.is_resource:
                continue
            stored = call.cloud.find(resource)
            where = (stored or {}).get("body", {}).get("location", "")
            own = call.body.get("location", "").replace(" ", "").lower()
            elsewhere = own and where and own != where and "global" not in {own, where}
            if stored is None or (elsewhere and resource.type not in _FAR):
                raise Refusal(
                    400,
                    "InvalidResourceReference",
                    f"Resource {resource} referenced by resource {call.id} was not found. Please make sure that the"
                    " referenced resource exists, and that both resources are in the same region.",
                )


def _named(value: Any) -> Iterator[str]:
    """Yield the ids that a body refers to."""
    if isinstance(value, dict):
        for key, below in value.items():
            if key in {"id", "targetResourceId", "storageId", "privateDnsZoneId", "privateLinkServiceId"}:
                if isinstance(below, str) and below.startswith("/subscriptions/"):
                    yield below
            else:
                yield from _named(below)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)

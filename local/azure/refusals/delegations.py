"""Refusal of subnets that are not delegated to a service, or are delegated to another one."""

from collections.abc import Mapping

from typing_extensions import override

from local.azure.arm.calls import Call, Cloud
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get
from local.azure.arm.services.postgresql import SERVER
from local.azure.refusals.rule import Rule

# Kinds that stand in a subnet of their own: where they name it.
_DELEGATED: Mapping[str, str] = {
    SERVER: "properties.network.delegatedSubnetResourceId",
}
_NAMES = "properties.network.privateDnsZoneArmResourceId"
_ENDING = ".postgres.database.azure.com"
_ENDPOINT = "Microsoft.Network/privateEndpoints"


class Delegations(Rule):
    """Rule: a PostgreSQL server takes a subnet that is delegated to it, and a private endpoint one that is not."""

    text = (
        "A PostgreSQL server in a subnet that is not there, is in another region, or is not delegated to it, is "
        "refused, and one whose private DNS zone has another ending or no link to its network; a delegated subnet "
        "takes no private endpoint."
    )
    source = '"Networking overview with private access", Azure Database for PostgreSQL; "What is subnet delegation?"'

    @override
    def check(self, call: Call) -> None:
        if not call.writes:
            return
        if call.kind.type == _ENDPOINT:
            for service in _services(call.cloud, ResourceId(get(call.body, "properties.subnet.id") or "/")):
                raise Refusal(
                    400,
                    "SubnetMissingRequiredDelegation",
                    f"The subnet of private endpoint {call.id} is delegated to {service}, and takes no private"
                    " endpoint.",
                )
        path = get(call.body, _DELEGATED.get(call.kind.type, "-"))
        if path:
            _check(call, ResourceId(path))
            _check_names(call, ResourceId(path).parent)


def _check(call: Call, subnet: ResourceId) -> None:
    network = call.cloud.find(subnet.parent)
    location = call.body.get("location", "").replace(" ", "").lower()
    if call.cloud.find(subnet) is None or network is None or network["body"]["location"] != location:
        raise Refusal(
            400,
            "InvalidResourceReference",
            f"Resource {subnet} referenced by resource {call.id} was not found. Please make sure that the referenced"
            " resource exists, and that both resources are in the same region.",
        )
    if call.kind.type not in _services(call.cloud, subnet):
        raise Refusal(
            400,
            "SubnetMissingRequiredDelegation",
            f"Subnet {subnet.name} in VNET {subnet.parent.name} is missing a delegation to {call.kind.type}. Please add"
            " the delegation and try again.",
        )


def _check_names(call: Call, network: ResourceId) -> None:
    """Refuse a zone that no server's name is looked up in ("Private networking", private DNS zone concepts)."""
    zone = ResourceId(get(call.body, _NAMES) or "/")
    if not zone.name.endswith(_ENDING):
        message = f"The private DNS zone '{zone.name}' is not valid: its name must end with {_ENDING}."
        raise Refusal(400, "InvalidParameterValue", message)
    links = call.cloud.below(zone, "Microsoft.Network/privateDnsZones/virtualNetworkLinks").values()
    if not any((get(each["body"], "properties.virtualNetwork.id") or "").lower() == network.key for each in links):
        message = f"The private DNS zone '{zone.name}' is not linked to the virtual network '{network.name}'."
        raise Refusal(400, "InvalidParameterValue", message)


def _services(cloud: Cloud, subnet: ResourceId) -> list[str]:
    stored = cloud.find(subnet)
    found = get(stored["body"], "properties.delegations") or () if stored else ()
    return [str(get(each, "properties.serviceName")) for each in found]

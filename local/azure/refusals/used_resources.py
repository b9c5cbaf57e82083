"""Refusal of the deletion of what is in use."""

from collections.abc import Callable, Iterator, Mapping

from typing_extensions import override

from local.azure.arm.calls import Call, Cloud
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import children, get
from local.azure.arm.services.network import NETWORK, SUBNET, users
from local.azure.arm.services.postgresql import SERVER
from local.azure.refusals.rule import Rule

_GROUP = "Microsoft.Network/networkSecurityGroups"
_GATEWAY = "Microsoft.Network/natGateways"
_ADDRESS = "Microsoft.Network/publicIPAddresses"
_ZONE = "Microsoft.Network/privateDnsZones"


class UsedResources(Rule):
    """Rule: what others use stays until they are gone."""

    text = (
        "A subnet, network, security group, NAT gateway or address in use, a private zone with links, and a server "
        "with replicas are not deleted."
    )
    source = (
        'azurerm issues 688 and 4784; terra-workspace-manager pull 502; "What is a private Azure DNS zone?"; "Read '
        'replicas", Azure Database for PostgreSQL'
    )

    @override
    def check(self, call: Call) -> None:
        if call.kind.type == NETWORK and call.writes:
            _check_removed_subnets(call)
        if not call.deletes:
            return
        user = next(_users(call), "")
        if user:
            code, message = _REFUSALS[call.kind.type]
            raise Refusal(400, code, message.format(name=call.id.name, id=call.id, user=user))


_REFUSALS = {
    SUBNET: (
        "InUseSubnetCannotBeDeleted",
        "Subnet {name} is in use by {user} and cannot be deleted. In order to delete the subnet, delete all the"
        " resources within the subnet. See aka.ms/deletesubnet.",
    ),
    NETWORK: (
        "InUseSubnetCannotBeDeleted",
        "Subnet of {name} is in use by {user} and cannot be deleted. In order to delete the subnet, delete all the"
        " resources within the subnet. See aka.ms/deletesubnet.",
    ),
    _GROUP: (
        "InUseNetworkSecurityGroupCannotBeDeleted",
        "Network security group {id} cannot be deleted because it is in use by the following resources: {user}. In"
        " order to delete the Network security group, remove the association with the resource(s).",
    ),
    _GATEWAY: ("InUseNatGatewayCannotBeDeleted", "Nat gateway {id} is in use by {user} and cannot be deleted."),
    _ADDRESS: (
        "PublicIPAddressCannotBeDeleted",
        "Public IP address {id} can not be deleted since it is still allocated to resource {user}.",
    ),
    _ZONE: (
        "CannotDeleteResource",
        "Can not delete resource before nested resources are deleted: {user}.",
    ),
    SERVER: ("InvalidOperation", "Server {name} cannot be deleted while it has the read replica {user}."),
}


def _users(call: Call) -> Iterator[str]:
    """Yield the ids of what uses a resource that is to be deleted."""
    find = _FINDERS.get(call.kind.type)
    return find(call.cloud, call.id) if find else iter(())


def _of_subnet(cloud: Cloud, resource: ResourceId) -> Iterator[str]:
    yield from users(cloud, resource)


def _of_network(cloud: Cloud, resource: ResourceId) -> Iterator[str]:
    for stored in children(cloud, resource, SUBNET):
        yield from users(cloud, ResourceId(stored["id"]))


def _of_address(cloud: Cloud, resource: ResourceId) -> Iterator[str]:
    for stored in cloud.of_kind(_GATEWAY).values():
        used = get(stored["body"], "properties.publicIpAddresses") or ()
        if any(each["id"].lower() == resource.key for each in used):
            yield stored["id"]


def _of_zone(cloud: Cloud, resource: ResourceId) -> Iterator[str]:
    for stored in children(cloud, resource, f"{_ZONE}/virtualNetworkLinks"):
        yield stored["id"]


def _of_server(cloud: Cloud, resource: ResourceId) -> Iterator[str]:
    for stored in cloud.of_kind(SERVER).values():
        if (get(stored["body"], "properties.sourceServerResourceId") or "").lower() == resource.key:
            yield stored["id"]


def _subnets(key: str) -> Callable[[Cloud, ResourceId], Iterator[str]]:
    """Return what finds the subnets that refer to a resource by a property."""

    def find(cloud: Cloud, resource: ResourceId) -> Iterator[str]:
        for stored in cloud.of_kind(SUBNET).values():
            if (get(stored["body"], f"properties.{key}.id") or "").lower() == resource.key:
                yield stored["id"]

    return find


_FINDERS: Mapping[str, Callable[[Cloud, ResourceId], Iterator[str]]] = {
    SUBNET: _of_subnet,
    NETWORK: _of_network,
    _GROUP: _subnets("networkSecurityGroup"),
    _GATEWAY: _subnets("natGateway"),
    _ADDRESS: _of_address,
    _ZONE: _of_zone,
    SERVER: _of_server,
}


def _check_removed_subnets(call: Call) -> None:
    """Refuse a network whose list of subnets lacks one in use: what it does not list is deleted."""
    listed = get(call.body, "properties.subnets")
    if listed is None:
        return
    kept = {each["name"].lower() for each in listed}
    for stored in children(call.cloud, call.id, SUBNET):
        resource = ResourceId(stored["id"])
        for user in users(call.cloud, resource):
            if resource.name.lower() not in kept:
                code, message = _REFUSALS[SUBNET]
                raise Refusal(400, code, message.format(name=resource.name, id=resource, user=user))

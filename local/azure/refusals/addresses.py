"""Refusal of address spaces that overlap, or do not hold what is in them."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import children, get
from local.azure.arm.services.network import NETWORK, PEERING, SUBNET
from local.azure.refusals.rule import Rule

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Addresses(Rule):
    """Rule: a subnet lies in its network and beside the others; peered networks share no address."""

    text = "Subnets that overlap or lie outside of their network, and peerings of networks that overlap, are refused."
    source = (
        '"Azure Virtual Network FAQ"; azure-powershell, VirtualNetworkTests (NetcfgInvalidSubnet); AzureTRE issue 1927'
    )

    @override
    def check(self, call: Call) -> None:
        if not call.writes:
            return
        if call.kind.type == SUBNET:
            _check_subnet(call)
        elif call.kind.type == NETWORK:
            _check_network(call)
        elif call.kind.type == PEERING:
            _check_peering(call)


def _check_subnet(call: Call) -> None:
    network = call.cloud.find(call.id.parent)
    if network is None:
        return
    own = list(_prefixes(call.body, call))
    spaces = list(_parsed(get(network["body"], "properties.addressSpace.addressPrefixes") or (), call))
    if not all(any(_holds(space, each) for space in spaces) for each in own):
        message = f"Subnet '{call.id.name}' is not valid in virtual network '{call.id.parent.name}'."
        raise Refusal(400, "NetcfgInvalidSubnet", message)
    for stored in children(call.cloud, call.id.parent, SUBNET):
        other = ResourceId(stored["id"])
        if other.key != call.id.key and _overlapping(own, _prefixes(stored["body"], call)):
            raise Refusal(
                400,
                "NetcfgSubnetRangesOverlap",
                f"Subnet '{call.id.name}' is not valid because its IP address range overlaps with that of an existing"
                f" subnet in virtual network '{call.id.parent.name}'.",
            )


def _check_network(call: Call) -> None:
    spaces = list(_parsed(get(call.body, "properties.addressSpace.addressPrefixes") or (), call))
    for stored in children(call.cloud, call.id, SUBNET):
        if not all(any(_holds(space, each) for space in spaces) for each in _prefixes(stored["body"], call)):
            name = ResourceId(stored["id"]).name
            raise Refusal(
                400,
                "InUsePrefixCannotBeDeleted",
                f"IpPrefix of subnet '{name}' of virtual network '{call.id.name}' is in use and cannot be deleted.",
            )


def _check_peering(call: Call) -> None:
    own, other = call.cloud.find(call.id.parent), ResourceId(get(call.body, "properties.remoteVirtualNetwork.id") or "")
    remote = call.cloud.find(other)
    if own is None or remote is None:
        return
    path = "properties.addressSpace.addressPrefixes"
    first, second = (list(_parsed(get(each["body"], path) or (), call)) for each in (own, remote))
    if shared := _overlapping(first, second):
        raise Refusal(
            400,
            "VnetAddressSpacesOverlap",
            f"Cannot create or update peering {call.id}. Virtual networks {call.id.parent} and {other} cannot be peered"
            f" because their address spaces overlap. Overlapping address prefixes: {', '.join(map(str, shared))}. For"
            " more information please refer to https://aka.ms/VnetPeeringInfo",
        )


def _prefixes(body: Mapping[str, Any], call: Call) -> Iterator[_Network]:
    given = get(body, "properties.addressPrefixes") or [get(body, "properties.addressPrefix")]
    yield from _parsed([each for each in given if each], call)


def _parsed(prefixes: Iterable[str], call: Call) -> Iterator[_Network]:
    for each in prefixes:
        try:
            yield ipaddress.ip_network(each)
        except ValueError:
            message = f"The address prefix {each} of resource {call.id} is not formatted correctly."
            raise Refusal(400, "InvalidAddressPrefixFormat", message) from None


def _holds(space: _Network, prefix: _Network) -> bool:
    return space.version == prefix.version and prefix.subnet_of(space)  # type: ignore[arg-type]


def _overlapping(first: Iterable[_Network], second: Iterable[_Network]) -> list[_Network]:
    others = list(second)
    return [each for each in first if any(each.overlaps(other) for other in others)]

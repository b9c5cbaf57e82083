"""Reader of the network security groups: what they let through, decided as Azure decides it.

Rules are tried by priority, and the default rules come last ("Network security groups", Virtual Network documentation).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from assembly.values import Json
from tests.gcp.terraform import Resource, Stack

GROUP = "azurerm_network_security_group"
SUBNET = "azurerm_subnet"
_INTERNET = "Internet"
_PROBES = "AzureLoadBalancer"


@dataclass(frozen=True)
class Network:
    """A virtual network as deployed.

    Attributes:
        name: its name.
        location: its region.
        range: its addresses.
        subnets: the subnets by their names.
        groups: the security group of each subnet, by the subnet's name.
        peers: ranges of the networks that it is peered with.
    """

    name: str
    location: str
    range: IPv4Network
    subnets: Mapping[str, Resource]
    groups: Mapping[str, Resource]
    peers: tuple[IPv4Network, ...]

    def addresses(self, subnet: str) -> IPv4Network:
        """Return the range of a subnet."""
        (addresses,) = self.subnets[subnet]["address_prefixes"]
        return IPv4Network(addresses)

    def admits(self, subnet: str, peer: IPv4Network | str, port: int, protocol: str = "Tcp") -> bool:
        """Return whether a subnet takes a connection from a range of addresses, or from a service tag."""
        return self._allows(subnet, "Inbound", peer, port, protocol)

    def lets_out(self, subnet: str, peer: IPv4Network | str, port: int, protocol: str = "Tcp") -> bool:
        """Return whether a subnet may connect to a range of addresses, or to a service tag."""
        return self._allows(subnet, "Outbound", peer, port, protocol)

    def _allows(self, subnet: str, direction: str, peer: IPv4Network | str, port: int, protocol: str) -> bool:
        rules = sorted(self.groups[subnet]["security_rule"], key=lambda rule: rule["priority"])
        side = "source" if direction == "Inbound" else "destination"
        for rule in rules:
            if (
                rule["direction"] == direction
                and rule["protocol"] in {"*", protocol}
                and self._covers(_values(rule, f"{side}_address_prefix", "es"), peer)
                and _in_ports(_values(rule, "destination_port_range", "s"), port)
            ):
                return bool(rule["access"] == "Allow")
        last = "VirtualNetwork" if direction == "Inbound" else "*"
        return self._covers([last, *([_PROBES] if direction == "Inbound" else [])], peer)

    def _covers(self, prefixes: list[str], peer: IPv4Network | str) -> bool:
        return any(self._matches(prefix, peer) for prefix in prefixes)

    def _matches(self, prefix: str, peer: IPv4Network | str) -> bool:
        if prefix in {"*", peer}:
            return True
        if isinstance(peer, str):
            # The tags of Azure's services are addresses of the internet.
            return prefix == _INTERNET and peer not in {_PROBES, "VirtualNetwork"}
        inside = any(peer.subnet_of(known) for known in (self.range, *self.peers))
        if prefix in {"VirtualNetwork", _INTERNET}:
            return inside == (prefix == "VirtualNetwork")
        return prefix[:1].isdigit() and peer.subnet_of(IPv4Network(prefix))


def networks(stack: Stack) -> dict[str, Network]:
    """Return the networks of a stack by their regions."""
    return {network.location: network for network in _networks(stack)}


def _networks(stack: Stack) -> Iterator[Network]:
    groups = {
        association["subnet_id"].name: association["network_security_group_id"]
        for association in stack.resources("azurerm_subnet_network_security_group_association")
    }
    for network in stack.resources("azurerm_virtual_network"):
        subnets = {
            subnet["name"]: subnet
            for subnet in stack.resources(SUBNET)
            if network.name in str(subnet.body["virtual_network_name"])
        }
        peers = [
            peering["remote_virtual_network_id"]
            for peering in stack.resources("azurerm_virtual_network_peering")
            if network.name in str(peering.body["virtual_network_name"])
        ]
        (addresses,) = network["address_space"]
        yield Network(
            name=network["name"],
            location=network["location"],
            range=IPv4Network(addresses),
            subnets=subnets,
            groups={name: groups[subnet.name] for name, subnet in subnets.items() if subnet.name in groups},
            peers=tuple(IPv4Network(peer["address_space"][0]) for peer in peers),
        )


def _values(rule: Json, key: str, plural: str) -> list[str]:
    one = rule.get(key)
    return [str(one)] if one is not None else [str(value) for value in rule.get(key + plural) or ()]


def _in_ports(ranges: list[str], port: int) -> bool:
    for each in ranges:
        least, _, most = each.partition("-")
        if each == "*" or int(least) <= port <= int(most or least):
            return True
    return False


def overlapping(ranges: list[IPv4Network]) -> list[tuple[IPv4Network, IPv4Network]]:
    """Return each pair of ranges that share an address."""
    return [(one, other) for index, one in enumerate(ranges) for other in ranges[index + 1 :] if one.overlaps(other)]

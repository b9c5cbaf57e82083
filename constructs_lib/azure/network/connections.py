"""Network security groups, one for each subnet (SEC-2)."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import NamedTuple

from cdktf_cdktf_provider_azurerm.network_security_group import (
    NetworkSecurityGroup,
    NetworkSecurityGroupSecurityRule,
)
from cdktf_cdktf_provider_azurerm.subnet_network_security_group_association import (
    SubnetNetworkSecurityGroupAssociation,
)
from constructs import Construct

from constructs_lib.azure.network.network import Addresses, RegionNetwork
from constructs_lib.naming import PROJECT

POSTGRESQL = 5432
# "Azure Managed Redis planning FAQs".
REDIS = 10000
HTTPS = 443
_ANY = "*"
_NETWORKS = "VirtualNetwork"
_LAST = 4096
_IN, _OUT = "Inbound", "Outbound"
# "API Server VNet Integration", AKS documentation.
_API_SERVER_PORTS = (443, 4443)
_API_SERVER_PROBE = 9988
# "Application Gateway infrastructure configuration".
_GATEWAY_MANAGER_PORTS = "65200-65535"
_Ranges = Sequence[IPv4Network | str]


class _Rule(NamedTuple):
    name: str
    direction: str
    peers: _Ranges
    ports: Sequence[int | str]
    protocol: str = "Tcp"


class Connections(Construct):
    """Network security groups of a network: what no rule allows is denied.

    A group allows the whole virtual network by default, and the internet outbound. Both are denied in each group, with
    two exceptions outbound: Azure forbids to close the internet to a gateway, and the API server is Azure's own.

    Args:
        region: network in one region.
        others: address plans of the networks that it is peered with. Between them the database replicates, and dumps go
            to the other region's endpoints.
        service_port: port of the service's pods.

    Attributes:
        associations: groups of the subnets, which what stands in them must depend on, by the names of the address plan.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        region: RegionNetwork,
        others: Sequence[Addresses],
        service_port: int,
    ) -> None:
        super().__init__(scope, construct_id)
        own = region.addresses
        databases = [own.database, *(other.database for other in others)]
        nodes = [own.nodes, *(other.nodes for other in others)]
        endpoints = [own.endpoints, *(other.endpoints for other in others)]
        rules = {
            "gateway": [
                _Rule("gateway-manager", _IN, ["GatewayManager"], [_GATEWAY_MANAGER_PORTS]),
                _Rule("probes", _IN, ["AzureLoadBalancer"], [_ANY], _ANY),
                _Rule("front-door", _IN, ["AzureFrontDoor.Backend"], [HTTPS]),
                _Rule("balancer", _OUT, [own.balancer, own.nodes], [service_port]),
                _Rule("endpoints", _OUT, [own.endpoints], [HTTPS]),
            ],
            "nodes": [
                _Rule("nodes", _IN, [own.nodes], [_ANY], _ANY),
                _Rule("api-server", _IN, [own.api_server], [_ANY]),
                _Rule("gateway", _IN, [own.gateway], [service_port]),
                _Rule("probes", _IN, ["AzureLoadBalancer"], [_ANY], _ANY),
                _Rule("nodes", _OUT, [own.nodes], [_ANY], _ANY),
                _Rule("api-server", _OUT, [own.api_server], _API_SERVER_PORTS),
                _Rule("database", _OUT, databases, [POSTGRESQL]),
                _Rule("cache", _OUT, [own.cache], [REDIS]),
                _Rule("endpoints", _OUT, endpoints, [HTTPS]),
                _Rule("internet", _OUT, ["Internet"], [HTTPS]),
            ],
            "api_server": [
                _Rule("nodes", _IN, [own.nodes], _API_SERVER_PORTS),
                _Rule("probes", _IN, ["AzureLoadBalancer"], [_API_SERVER_PROBE]),
                _Rule("nodes", _OUT, [own.nodes], [_ANY]),
            ],
            "database": [
                _Rule("service", _IN, [*nodes, *databases], [POSTGRESQL]),
                _Rule("replication", _OUT, databases, [POSTGRESQL]),
                _Rule("storage", _OUT, ["Storage"], [HTTPS]),
                _Rule("entra", _OUT, ["AzureActiveDirectory"], [HTTPS]),
            ],
            "balancer": [
                _Rule("gateway", _IN, [own.gateway], [service_port]),
                _Rule("probes", _IN, ["AzureLoadBalancer"], [_ANY], _ANY),
            ],
            "cache": [_Rule("nodes", _IN, [own.nodes], [REDIS])],
            "endpoints": [_Rule("callers", _IN, [*nodes, own.gateway], [HTTPS])],
        }
        open_outbound = {"gateway", "api_server"}
        self.associations = {
            concern: self._protect(
                concern, region, rules[concern], outbound_deny=_NETWORKS if concern in open_outbound else _ANY
            )
            for concern in vars(own)
        }

    def _protect(
        self, concern: str, region: RegionNetwork, rules: Sequence[_Rule], *, outbound_deny: str
    ) -> SubnetNetworkSecurityGroupAssociation:
        denied = [_Rule("deny", _IN, [_ANY], [_ANY], _ANY), _Rule("deny", _OUT, [outbound_deny], [_ANY], _ANY)]
        group = NetworkSecurityGroup(
            self,
            concern,
            name=f"{PROJECT}-{concern.replace('_', '-')}-{region.name}",
            resource_group_name=region.group.name,
            location=region.group.location,
            security_rule=[
                *(_security_rule(rule, priority=100 + 10 * index) for index, rule in enumerate(rules)),
                *(_security_rule(rule, priority=_LAST, access="Deny") for rule in denied),
            ],
        )
        return SubnetNetworkSecurityGroupAssociation(
            self,
            f"{concern}_subnet",
            subnet_id=region.subnets[concern].id,
            network_security_group_id=group.id,
        )


def _security_rule(rule: _Rule, *, priority: int, access: str = "Allow") -> NetworkSecurityGroupSecurityRule:
    inbound = rule.direction == _IN
    peers, ports = [str(peer) for peer in rule.peers], [str(port) for port in rule.ports]
    one = peers[0] if len(peers) == 1 else None
    several = peers if one is None else None
    return NetworkSecurityGroupSecurityRule(
        name=f"{'from' if inbound else 'to'}-{rule.name}",
        priority=priority,
        direction=rule.direction,
        access=access,
        protocol=rule.protocol,
        source_port_range=_ANY,
        destination_port_range=ports[0] if len(ports) == 1 else None,
        destination_port_ranges=ports if len(ports) > 1 else None,
        source_address_prefix=one if inbound else _ANY,
        source_address_prefixes=several if inbound else None,
        destination_address_prefix=_ANY if inbound else one,
        destination_address_prefixes=None if inbound else several,
    )

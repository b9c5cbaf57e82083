"""Virtual networks: a subnet for each concern, NAT, peering, flow logs (AZR-1, AZR-2, SEC-1)."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Self

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm.nat_gateway import NatGateway
from cdktf_cdktf_provider_azurerm.nat_gateway_public_ip_association import NatGatewayPublicIpAssociation
from cdktf_cdktf_provider_azurerm.network_watcher_flow_log import (
    NetworkWatcherFlowLog,
    NetworkWatcherFlowLogRetentionPolicy,
)
from cdktf_cdktf_provider_azurerm.public_ip import PublicIp
from cdktf_cdktf_provider_azurerm.subnet import Subnet, SubnetDelegation, SubnetDelegationServiceDelegation
from cdktf_cdktf_provider_azurerm.subnet_nat_gateway_association import SubnetNatGatewayAssociation
from cdktf_cdktf_provider_azurerm.virtual_network import VirtualNetwork
from cdktf_cdktf_provider_azurerm.virtual_network_peering import VirtualNetworkPeering
from constructs import Construct

from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.naming import PROJECT
from environments import NetworkSettings

_JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"
# Services that the subnets of the API server and of the database are delegated to, so that nothing else can stand in
# them ("API Server VNet Integration", AKS documentation; "Private networking", Azure Database for PostgreSQL).
_DELEGATIONS = {
    "api_server": "Microsoft.ContainerService/managedClusters",
    "database": "Microsoft.DBforPostgreSQL/flexibleServers",
}
# The database's log goes to Storage over the service's endpoint ("Private networking", Azure Database for PostgreSQL).
_SERVICE_ENDPOINTS = {"database": ["Microsoft.Storage"]}
_PRIVATE_ENDPOINTS = ("cache", "endpoints")
# Azure makes both in every subscription with a virtual network ("What is Network Watcher?").
_WATCHER_GROUP = "NetworkWatcherRG"


@dataclass(frozen=True)
class Addresses:
    """Address plan of a network, within its first eight /24.

    Attributes:
        gateway: range of the Application Gateway, in which nothing else may live.
        nodes: range of the cluster's nodes.
        api_server: range of the cluster's API server.
        database: range of PostgreSQL.
        balancer: range of the cluster's internal load balancer.
        cache: range of the private endpoint of the cache.
        endpoints: range of all other private endpoints.
    """

    gateway: IPv4Network
    nodes: IPv4Network
    api_server: IPv4Network
    database: IPv4Network
    balancer: IPv4Network
    cache: IPv4Network
    endpoints: IPv4Network

    @classmethod
    def within(cls, cidr: IPv4Network) -> Self:
        """Return the plan in a range of /21 or more."""
        small, nodes = list(cidr.subnets(new_prefix=22))[:2]
        gateway, rest = list(small.subnets(new_prefix=24))[:2]
        api_server, database, balancer, cache = list(rest.subnets(new_prefix=28))[:4]
        endpoints = list(rest.subnets(new_prefix=26))[1]
        return cls(
            gateway=gateway,
            nodes=nodes,
            api_server=api_server,
            database=database,
            balancer=balancer,
            cache=cache,
            endpoints=endpoints,
        )


class RegionNetwork(Construct):
    """Virtual network in one region, without a way in from the internet but the gateway's address.

    Nothing in it reaches the internet by itself; the nodes do, through NAT, because AKS demands it ("Outbound network
    and FQDN rules", AKS documentation). One NAT gateway serves the nodes of all zones and stands in one: a subnet
    has one gateway, and a gateway one zone.

    Args:
        settings: address range.
        region: name of the region.
        nat_zone: zone of the NAT gateway.
        group: resource group in the region.

    Attributes:
        name: name of the region.
        group: resource group of the network.
        addresses: address plan.
        network: the virtual network.
        subnets: the subnets by the names of the address plan.
        nat: association of the nodes' subnet with NAT, which the cluster must depend on.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: NetworkSettings,
        region: str,
        nat_zone: str,
        group: ResourceGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = region
        self.group = group
        self.addresses = Addresses.within(settings.cidr)
        # The provider locks subnets by the network's name: networks of equal names would wait for each other.
        self.network = VirtualNetwork(
            self,
            "network",
            name=f"{PROJECT}-{region}",
            resource_group_name=group.name,
            location=group.location,
            address_space=[str(settings.cidr)],
        )
        self.subnets = {
            concern: self._subnet(concern, addresses) for concern, addresses in vars(self.addresses).items()
        }
        self.nat = self._translate(nat_zone)

    def _subnet(self, concern: str, addresses: IPv4Network) -> Subnet:
        service = _DELEGATIONS.get(concern)
        return Subnet(
            self,
            concern,
            name=concern.replace("_", "-"),
            resource_group_name=self.group.name,
            virtual_network_name=self.network.name,
            address_prefixes=[str(addresses)],
            default_outbound_access_enabled=False,
            delegation=(
                [
                    SubnetDelegation(
                        name=concern.replace("_", "-"),
                        service_delegation=SubnetDelegationServiceDelegation(name=service, actions=[_JOIN]),
                    )
                ]
                if service
                else None
            ),
            service_endpoints=_SERVICE_ENDPOINTS.get(concern),
            # Otherwise the network security group does not bind private endpoints ("Manage network policies for private
            # endpoints", Private Link documentation).
            private_endpoint_network_policies=(
                "NetworkSecurityGroupEnabled" if concern in _PRIVATE_ENDPOINTS else None
            ),
            # Azure adds actions of its own to a delegation.
            lifecycle=(
                TerraformResourceLifecycle(ignore_changes=["delegation[0].service_delegation[0].actions"])
                if service
                else None
            ),
        )

    def _translate(self, zone: str) -> SubnetNatGatewayAssociation:
        address = PublicIp(
            self,
            "nat_address",
            name=f"{PROJECT}-nat-{self.name}",
            resource_group_name=self.group.name,
            location=self.group.location,
            allocation_method="Static",
            sku="Standard",
            zones=[zone],
        )
        gateway = NatGateway(
            self,
            "nat_gateway",
            name=f"{PROJECT}-nat-{self.name}",
            resource_group_name=self.group.name,
            location=self.group.location,
            sku_name="Standard",
            zones=[zone],
        )
        NatGatewayPublicIpAssociation(
            self, "nat_address_of_gateway", nat_gateway_id=gateway.id, public_ip_address_id=address.id
        )
        return SubnetNatGatewayAssociation(self, "nat", subnet_id=self.subnets["nodes"].id, nat_gateway_id=gateway.id)


class Peering(Construct):
    """Peering of two networks, both ways: replication goes through it.

    Args:
        one: a network.
        other: the other network.

    Attributes:
        ways: peerings, one each way, which what replicates must depend on.
    """

    def __init__(self, scope: Construct, construct_id: str, *, one: RegionNetwork, other: RegionNetwork) -> None:
        super().__init__(scope, construct_id)
        self.ways = [
            VirtualNetworkPeering(
                self,
                here.name,
                name=f"to-{there.name}",
                resource_group_name=here.group.name,
                virtual_network_name=here.network.name,
                remote_virtual_network_id=there.network.id,
            )
            for here, there in ((one, other), (other, one))
        ]


class FlowLog(Construct):
    """Log of the accepted and refused connections of a network.

    Network security groups have had no new flow logs of their own since 30 June 2025 ("Flow logging for network
    security groups", Network Watcher documentation).

    Args:
        name: name of the log, one of all logs in the region.
        network: network whose connections it holds.
        account: id of the storage account that keeps it, in the same region.
        days: retention.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, network: RegionNetwork, account: str, days: int
    ) -> None:
        super().__init__(scope, construct_id)
        NetworkWatcherFlowLog(
            self,
            "log",
            name=name,
            network_watcher_name=f"NetworkWatcher_{network.name}",
            resource_group_name=_WATCHER_GROUP,
            location=network.name,
            target_resource_id=network.network.id,
            storage_account_id=account,
            enabled=True,
            version=2,
            retention_policy=NetworkWatcherFlowLogRetentionPolicy(enabled=True, days=days),
        )

"""VPC network: subnetworks, NAT and private service access (GCP-1, GCP-2, SEC-1)."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Self

from cdktf_cdktf_provider_google.compute_global_address import ComputeGlobalAddress
from cdktf_cdktf_provider_google.compute_network import ComputeNetwork
from cdktf_cdktf_provider_google.compute_router import ComputeRouter
from cdktf_cdktf_provider_google.compute_router_nat import ComputeRouterNat, ComputeRouterNatLogConfig
from cdktf_cdktf_provider_google.compute_subnetwork import (
    ComputeSubnetwork,
    ComputeSubnetworkLogConfig,
    ComputeSubnetworkSecondaryIpRange,
)
from cdktf_cdktf_provider_google.service_networking_connection import ServiceNetworkingConnection
from constructs import Construct

from constructs_lib.naming import PROJECT
from environments import NetworkSettings

# Names of the secondary ranges of a subnetwork.
PODS = "pods"
SERVICES = "services"
# Source ranges of Google's proxies and health checks ("Firewall rules", Cloud Load Balancing documentation).
LOAD_BALANCERS = ("35.191.0.0/16", "130.211.0.0/22")
# private.googleapis.com, Google's APIs without the internet ("Configure Private Google Access", VPC documentation).
GOOGLE_APIS = IPv4Network("199.36.153.8/30")


@dataclass(frozen=True)
class Addresses:
    """Address plan of a network: a quarter of its range for each use.

    Attributes:
        nodes: range of the cluster's nodes.
        pods: range of the pods.
        services: range of the cluster's internal Services.
        data: range of databases and caches, in Google's peered network.
    """

    nodes: IPv4Network
    pods: IPv4Network
    services: IPv4Network
    data: IPv4Network

    @classmethod
    def within(cls, cidr: IPv4Network) -> Self:
        """Return the four quarters of a range."""
        return cls(*cidr.subnets(prefixlen_diff=2))


class Network(Construct):
    """VPC network without public addresses.

    A network of Google Cloud spans regions; ``RegionNetwork`` is its part in one. Traffic that ``Connections`` does not
    allow is denied.

    Attributes:
        network: the VPC network.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.network = ComputeNetwork(
            self, "network", name=PROJECT, auto_create_subnetworks=False, routing_mode="GLOBAL"
        )


class RegionNetwork(Construct):
    """Subnetwork and NAT of the network in one region.

    Private Google Access lets its nodes reach Google's APIs without leaving Google's network.

    Args:
        settings: address range, and internet egress.
        region: name of the region.
        network: VPC network of all regions.

    Attributes:
        name: name of the region.
        network: VPC network of all regions.
        addresses: address plan.
        subnetwork: subnetwork of the cluster's nodes and pods; its secondary ranges are ``pods`` and ``services``.
        data: reserved range of databases and caches.
        internet_egress: whether the nodes may call the internet.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: NetworkSettings, region: str, network: Network
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = region
        self.network = network.network
        self.addresses = Addresses.within(settings.cidr)
        self.subnetwork = ComputeSubnetwork(
            self,
            "subnetwork",
            name=f"{PROJECT}-{region}",
            network=network.network.id,
            region=region,
            ip_cidr_range=str(self.addresses.nodes),
            secondary_ip_range=[
                ComputeSubnetworkSecondaryIpRange(range_name=PODS, ip_cidr_range=str(self.addresses.pods)),
                ComputeSubnetworkSecondaryIpRange(range_name=SERVICES, ip_cidr_range=str(self.addresses.services)),
            ],
            stack_type="IPV4_ONLY",
            private_ip_google_access=True,
            log_config=ComputeSubnetworkLogConfig(
                aggregation_interval="INTERVAL_1_MIN", flow_sampling=1, metadata="INCLUDE_ALL_METADATA"
            ),
        )
        self.data = ComputeGlobalAddress(
            self,
            "data",
            name=f"{PROJECT}-data-{region}",
            network=network.network.id,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=str(self.addresses.data.network_address),
            prefix_length=self.addresses.data.prefixlen,
        )
        self.internet_egress = settings.internet_egress
        if self.internet_egress:
            self._translate(network)

    def _translate(self, network: Network) -> None:
        router = ComputeRouter(
            self, "router", name=f"{PROJECT}-{self.name}", region=self.name, network=network.network.id
        )
        ComputeRouterNat(
            self,
            "nat",
            name=f"{PROJECT}-{self.name}",
            region=self.name,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            log_config=ComputeRouterNatLogConfig(enable=True, filter="ALL"),
        )


class PrivateServiceAccess(Construct):
    """Private service access: the peering with Google's network of databases and caches, for all regions together.

    Args:
        network: network to peer.
        regions: regions whose data ranges Google may use.

    Attributes:
        connection: peering, which databases and caches must depend on.
    """

    def __init__(self, scope: Construct, construct_id: str, *, network: Network, regions: list[RegionNetwork]) -> None:
        super().__init__(scope, construct_id)
        self.connection = ServiceNetworkingConnection(
            self,
            "connection",
            network=network.network.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[region.data.name for region in regions],
            # A deleted database keeps its address for days, and the connection cannot be deleted before ("Delete a
            # private connection", VPC documentation).
            deletion_policy="ABANDON",
            # A network made again meets the abandoned connection, whose ranges are then changed instead.
            update_on_creation_fail=True,
        )

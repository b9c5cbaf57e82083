"""Network of an environment: its part in the primary region, its firewall rules, its way to Google's APIs."""

from dataclasses import dataclass

from constructs_lib.gcp.network.connections import Connections
from constructs_lib.gcp.network.google_apis import GoogleApis
from constructs_lib.gcp.network.network import Network, RegionNetwork
from environments import Environment
from stacks.gcp.base import GoodiesTerraformStack


@dataclass(frozen=True, kw_only=True)
class NetworkPart:
    """The network.

    Attributes:
        network: spans all regions.
        region: its part in the primary region.
        connections: its firewall rules.
    """

    network: Network
    region: RegionNetwork
    connections: Connections


def add_network(stack: GoodiesTerraformStack, *, environment: Environment) -> NetworkPart:
    """Add the network and its subnetwork in the primary region."""
    network = Network(stack, "Network")
    region = RegionNetwork(
        stack,
        "Primary",
        settings=environment.network,
        region=environment.policy.regions.gcp.primary.name,
        network=network,
    )
    connections = Connections(stack, "Connections", network=network)
    GoogleApis(stack, "GoogleApis", network=network)
    return NetworkPart(network=network, region=region, connections=connections)

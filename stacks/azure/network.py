"""Network of an environment: its parts in both regions, their security groups, private names."""

from dataclasses import dataclass

from constructs_lib.azure.network.connections import Connections
from constructs_lib.azure.network.network import Peering, RegionNetwork
from constructs_lib.azure.network.private_dns import PrivateZones
from constructs_lib.container import PORT
from environments import Environment
from stacks.azure.base import GoodiesTerraformStack
from stacks.azure.foundation import FoundationPart
from stacks.azure.recovery import RecoveryPart


@dataclass(frozen=True, kw_only=True)
class NetworkPart:
    """The network.

    Attributes:
        region: its part in the primary region.
        connections: the security groups there.
        private_zones: the names that lead to private endpoints and the database.
    """

    region: RegionNetwork
    connections: Connections
    private_zones: PrivateZones


def add_network(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    foundation: FoundationPart,
    recovery: RecoveryPart | None,
) -> NetworkPart:
    """Add the network in the primary region, and join it with that of the recovery region."""
    region = RegionNetwork(
        stack,
        "Network",
        settings=environment.network,
        region=environment.policy.regions.azure.primary,
        group=foundation.group,
    )
    networks = [region, recovery.region] if recovery else [region]
    connections = Connections(
        stack,
        "Connections",
        region=region,
        others=[recovery.region.addresses] if recovery else [],
        service_port=PORT,
    )
    if recovery:
        Connections(
            stack,
            "RecoveryConnections",
            region=recovery.region,
            others=[region.addresses],
            service_port=PORT,
        )
        Peering(stack, "Peering", one=region, other=recovery.region)
    private_zones = PrivateZones(stack, "PrivateZones", group=foundation.global_group, networks=networks)
    return NetworkPart(region=region, connections=connections, private_zones=private_zones)

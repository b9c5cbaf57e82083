"""Network of an environment: its parts in both regions, their security groups, private names."""

from collections.abc import Sequence
from dataclasses import dataclass

from constructs_lib import naming
from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.network.connections import Connections
from constructs_lib.azure.network.network import FlowLog, Peering, RegionNetwork
from constructs_lib.azure.network.private_dns import PrivateZones
from constructs_lib.container import PORT
from environments import Environment
from stacks.azure.base import GoodiesTerraformStack, add_logs
from stacks.azure.foundation import FoundationPart
from stacks.azure.recovery import RecoveryPart, RecoveryWay


@dataclass(frozen=True, kw_only=True)
class NetworkPart:
    """The network.

    Attributes:
        region: its part in the primary region.
        connections: the security groups there.
        private_zones: the names that lead to private endpoints and the database.
        recovery: what joins it with the recovery region.
    """

    region: RegionNetwork
    connections: Connections
    private_zones: PrivateZones
    recovery: RecoveryWay | None


def add_network(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    foundation: FoundationPart,
    recovery: RecoveryPart | None,
) -> NetworkPart:
    """Add the network in the primary region, and join it with that of the recovery region."""
    primary = environment.policy.regions.azure.primary
    region = RegionNetwork(
        stack,
        "Network",
        settings=environment.network,
        region=primary.name,
        nat_zone=primary.zones[0],
        group=foundation.group,
    )
    networks = [region, recovery.region] if recovery else [region]
    connections = _connections(stack, "Connections", region=region, networks=networks)
    _flow_log(stack, "FlowLog", environment=environment, region=region, key=foundation.key)
    way = None
    if recovery:
        way = RecoveryWay(
            connections=_connections(stack, "RecoveryConnections", region=recovery.region, networks=networks),
            peering=Peering(stack, "Peering", one=region, other=recovery.region),
        )
        _flow_log(stack, "RecoveryFlowLog", environment=environment, region=recovery.region, key=recovery.key)
    private_zones = PrivateZones(stack, "PrivateZones", group=foundation.global_group, networks=networks)
    return NetworkPart(region=region, connections=connections, private_zones=private_zones, recovery=way)


def _connections(
    stack: GoodiesTerraformStack, construct_id: str, *, region: RegionNetwork, networks: Sequence[RegionNetwork]
) -> Connections:
    others = [other.addresses for other in networks if other is not region]
    return Connections(stack, construct_id, region=region, others=others, service_port=PORT)


def _flow_log(
    stack: GoodiesTerraformStack, construct_id: str, *, environment: Environment, region: RegionNetwork, key: Key
) -> None:
    logs = add_logs(stack, f"{construct_id}Account", environment=environment.name, group=region.group, key=key)
    FlowLog(
        stack,
        construct_id,
        name=naming.resource_group(environment.name, region.name),
        network=region,
        account=logs.account.id,
        days=environment.network.flow_log_days,
    )

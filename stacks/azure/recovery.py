"""Recovery region of an environment: group, logs' workspace, vault, key and network, and the database's standby."""

from dataclasses import dataclass

from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace

from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.base.logs import workspace
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.azure.data.database import Database, DatabaseReplica
from constructs_lib.azure.network.connections import Connections
from constructs_lib.azure.network.network import Peering, RegionNetwork
from constructs_lib.azure.network.private_dns import PrivateZones
from environments import Environment, RecoverySettings, Subscription, find_size
from stacks.azure.base import GoodiesTerraformStack, add_vault, server_name


@dataclass(frozen=True, kw_only=True)
class RecoveryPart:
    """The recovery region.

    Attributes:
        settings: what the environment's data says of it.
        group: of what stands there.
        workspace: receives the logs of the region.
        vault: the secrets' copies, and the key.
        key: encrypts what is stored there.
        region: network there.
    """

    settings: RecoverySettings
    group: ResourceGroup
    workspace: LogAnalyticsWorkspace
    vault: Vault
    key: Key
    region: RegionNetwork


@dataclass(frozen=True, kw_only=True)
class RecoveryWay:
    """The way to the network in the recovery region.

    Attributes:
        connections: the security groups there.
        peering: the two networks' way to each other.
    """

    connections: Connections
    peering: Peering


def add_recovery(
    stack: GoodiesTerraformStack, *, environment: Environment, account: Subscription, settings: RecoverySettings
) -> RecoveryPart:
    """Add what must stand in the recovery region before anything can be copied to it."""
    region = environment.policy.regions.azure.recovery
    group = ResourceGroup(stack, "RecoveryGroup", environment=environment.name, place=region.name, location=region.name)
    logs = workspace(stack, "RecoveryWorkspace", group=group, days=environment.policy.security.log_days)
    vault = add_vault(
        stack, "RecoveryVault", environment=environment.name, account=account, group=group, workspace=logs
    )
    return RecoveryPart(
        settings=settings,
        group=group,
        workspace=logs,
        vault=vault,
        key=Key(stack, "RecoveryKey", policy=environment.policy.security, vault=vault),
        region=RegionNetwork(
            stack, "Recovery", settings=settings.network, region=region.name, nat_zone=region.zones[0], group=group
        ),
    )


def add_standby(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    account: Subscription,
    recovery: RecoveryPart,
    way: RecoveryWay,
    private_zones: PrivateZones,
    database: Database,
) -> DatabaseReplica:
    """Add the database's replica in the recovery region."""
    policy = environment.policy
    size = find_size(policy.sizes.database, recovery.settings.database_size)
    return DatabaseReplica(
        stack,
        "Replica",
        name=server_name(environment, account=account, location=recovery.region.name),
        source=database,
        settings=environment.database,
        size=size,
        sku=size.azure.sku(generation=policy.regions.azure.sku_generation, alone=False),
        storage_gib=policy.sizes.azure_storage(environment.database.storage_gib),
        region=recovery.region,
        connections=way.connections,
        private_zones=private_zones,
        key=recovery.key,
        after=way.peering.ways,
        workspace=recovery.workspace,
    )

"""Recovery region of an environment: its resource group, logs' workspace, vault and key, and network."""

from dataclasses import dataclass

from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace

from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.base.logs import workspace
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.azure.network.network import RegionNetwork
from environments import Environment, RecoverySettings, Subscription
from stacks.azure.base import GoodiesTerraformStack, add_vault


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

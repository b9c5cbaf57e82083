"""Recovery region of an environment: its resource group and network."""

from dataclasses import dataclass

from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.network.network import RegionNetwork
from environments import Environment, RecoverySettings
from stacks.azure.base import GoodiesTerraformStack


@dataclass(frozen=True, kw_only=True)
class RecoveryPart:
    """The recovery region.

    Attributes:
        settings: what the environment's data says of it.
        group: of what stands there.
        region: network there.
    """

    settings: RecoverySettings
    group: ResourceGroup
    region: RegionNetwork


def add_recovery(stack: GoodiesTerraformStack, *, environment: Environment, settings: RecoverySettings) -> RecoveryPart:
    """Add what must stand in the recovery region before anything can be copied to it."""
    region = environment.policy.regions.azure.recovery
    group = ResourceGroup(stack, "RecoveryGroup", environment=environment.name, place=region.name, location=region.name)
    return RecoveryPart(
        settings=settings,
        group=group,
        region=RegionNetwork(stack, "Recovery", settings=settings.network, region=region, group=group),
    )

"""Foundation of an environment: its resource groups, its logs' workspace, its vault and key, its DNS zone."""

from dataclasses import dataclass

from cdktf import TerraformOutput
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace

from constructs_lib.azure.base.keys import Key
from constructs_lib.azure.base.logs import workspace
from constructs_lib.azure.base.resource_groups import ResourceGroup
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.azure.network.dns import Zone
from environments import Environment, Subscription
from stacks.azure.base import GoodiesTerraformStack, add_vault


@dataclass(frozen=True, kw_only=True)
class FoundationPart:
    """The foundation.

    Attributes:
        group: of what stands in the primary region.
        global_group: of what a recovery changes and no region holds; it is in the recovery region.
        workspace: receives the logs of the primary region.
        vault: holds the key, and the secrets.
        key: encrypts what is stored in the primary region.
        zone: of the environment's domain.
    """

    group: ResourceGroup
    global_group: ResourceGroup
    workspace: LogAnalyticsWorkspace
    vault: Vault
    key: Key
    zone: Zone


def add_foundation(stack: GoodiesTerraformStack, *, environment: Environment, account: Subscription) -> FoundationPart:
    """Add what everything else stands in, is encrypted with and found under."""
    regions = environment.policy.regions.azure
    group = ResourceGroup(
        stack,
        "Group",
        environment=environment.name,
        place=regions.primary.name,
        location=regions.primary.name,
    )
    global_group = ResourceGroup(
        stack, "GlobalGroup", environment=environment.name, place="global", location=regions.recovery.name
    )
    logs = workspace(stack, "Workspace", group=group, days=environment.policy.security.log_days)
    vault = add_vault(stack, "Vault", environment=environment.name, account=account, group=group, workspace=logs)
    zone = Zone(stack, "Zone", domain=environment.account.domain, group=global_group)
    TerraformOutput(stack, "NameServers", value=zone.name_servers)
    return FoundationPart(
        group=group,
        global_group=global_group,
        workspace=logs,
        vault=vault,
        key=Key(stack, "Key", policy=environment.policy.security, vault=vault),
        zone=zone,
    )

"""Foundation of an environment: its key, its logs' buckets, its DNS zone, its notification channels."""

from dataclasses import dataclass

from cdktf import TerraformOutput

from constructs_lib import naming
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.base.logs import Logs
from constructs_lib.gcp.monitoring.notifications import Notifications
from constructs_lib.gcp.network.dns import Zone
from environments import Environment
from stacks.gcp.base import GoodiesTerraformStack


@dataclass(frozen=True, kw_only=True)
class FoundationPart:
    """The foundation.

    Attributes:
        key: encrypts what is stored in the primary region.
        zone: of the environment's domain.
        notifications: channels of the alarms.
    """

    key: Key
    zone: Zone
    notifications: Notifications


def add_foundation(stack: GoodiesTerraformStack, *, environment: Environment) -> FoundationPart:
    """Add what everything else is encrypted with, found under, and reports to."""
    policy = environment.policy
    region = policy.regions.gcp.primary.name
    key = Key(stack, "Key", policy=policy.security, location=region, project=stack.project)
    Logs(
        stack,
        "Logs",
        days={
            "network": environment.network.flow_log_days,
            "database": environment.database.log_days,
            "cache": environment.cache.log_days,
            "service": environment.service.log_days,
            "edge": environment.edge.log_days,
        },
        region=region,
        project=stack.project_id,
        key=key,
    )
    zone = Zone(stack, "Zone", domain=environment.account.domain)
    TerraformOutput(stack, "NameServers", value=zone.name_servers)
    TerraformOutput(stack, "DelegationSigner", value=zone.delegation_signer)
    notifications = Notifications(
        stack, "Notifications", name=naming.stack(environment.name), receivers=environment.account.receivers
    )
    return FoundationPart(key=key, zone=zone, notifications=notifications)

"""Recovery region of an environment: key and network, and the standby of the database."""

from dataclasses import dataclass

from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.data.database import Database, DatabaseReplica
from constructs_lib.gcp.network.network import PrivateServiceAccess, RegionNetwork
from environments import Environment, RecoverySettings, find_size
from stacks.gcp.base import GoodiesTerraformStack
from stacks.gcp.network import NetworkPart


@dataclass(frozen=True, kw_only=True)
class RecoveryPart:
    """The recovery region.

    Attributes:
        settings: what the environment's data says of it.
        key: encrypts what is stored there.
        region: its part of the network.
    """

    settings: RecoverySettings
    key: Key
    region: RegionNetwork


def add_recovery(
    stack: GoodiesTerraformStack, *, environment: Environment, settings: RecoverySettings, network: NetworkPart
) -> RecoveryPart:
    """Add what must stand in the recovery region before anything can be copied to it."""
    name = environment.policy.regions.gcp.recovery.name
    return RecoveryPart(
        settings=settings,
        key=Key(stack, "RecoveryKey", policy=environment.policy.security, location=name, project=stack.project),
        region=RegionNetwork(stack, "Recovery", settings=settings.network, region=name, network=network.network),
    )


def add_standby(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    recovery: RecoveryPart,
    database: Database,
    private_service_access: PrivateServiceAccess,
) -> DatabaseReplica:
    """Add the database's replica in the recovery region."""
    return DatabaseReplica(
        stack,
        "Replica",
        source=database.instance,
        settings=environment.database,
        size=find_size(environment.policy.sizes.database, recovery.settings.database_size),
        region=recovery.region,
        private_service_access=private_service_access,
        key=recovery.key,
    )

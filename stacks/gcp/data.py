"""Data of an environment: database, cache, buckets, secrets, archive."""

from dataclasses import dataclass

from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.data.archive import Archive
from constructs_lib.gcp.data.cache import Cache
from constructs_lib.gcp.data.database import Database
from constructs_lib.gcp.data.secrets import SecretReplication, Secrets
from constructs_lib.gcp.data.storage import Placement, Storage
from constructs_lib.gcp.network.network import PrivateServiceAccess
from environments import Environment
from stacks.gcp.base import GoodiesTerraformStack
from stacks.gcp.foundation import FoundationPart
from stacks.gcp.network import NetworkPart
from stacks.gcp.recovery import RecoveryPart


@dataclass(frozen=True, kw_only=True)
class DataPart:
    """Stateful resources of an environment.

    Attributes:
        private_service_access: network path to databases and caches, in both regions.
        database: database of the service.
        cache: cache of the service.
        storage: buckets.
        secrets: secrets of the service.
    """

    private_service_access: PrivateServiceAccess
    database: Database
    cache: Cache
    storage: Storage
    secrets: Secrets


def add_data(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    foundation: FoundationPart,
    network: NetworkPart,
    recovery: RecoveryPart | None,
) -> DataPart:
    """Add the stateful resources; with a recovery region, their copies there."""
    policy = environment.policy
    private_service_access = PrivateServiceAccess(
        stack,
        "PrivateServices",
        network=network.network,
        regions=[network.region, recovery.region] if recovery else [network.region],
    )
    replication = SecretReplication(
        stack, "SecretReplication", keys=[foundation.key, recovery.key] if recovery else [foundation.key]
    )
    database = Database(
        stack,
        "Database",
        settings=environment.database,
        size=environment.database_size,
        backup=policy.backup,
        backup_region=recovery.region.name if recovery else network.region.name,
        region=network.region,
        private_service_access=private_service_access,
        key=foundation.key,
        replication=replication,
    )
    cache = Cache(
        stack,
        "Cache",
        settings=environment.cache,
        size=environment.cache_size,
        backup=policy.backup,
        region=network.region,
        private_service_access=private_service_access,
        project=stack.project_id,
        key=foundation.key,
        replication=replication,
    )
    storage = _storage(stack, environment=environment, foundation=foundation, recovery=recovery)
    Archive(
        stack,
        "Archive",
        policy=policy.backup,
        region=network.region.name,
        project=stack.project,
        database=database.instance,
        database_name=environment.database.name,
        bucket=storage.backups,
        key=foundation.key,
    )
    return DataPart(
        private_service_access=private_service_access,
        database=database,
        cache=cache,
        storage=storage,
        secrets=Secrets(stack, "Secrets", application=environment.service.secrets, replication=replication),
    )


def _storage(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    foundation: FoundationPart,
    recovery: RecoveryPart | None,
) -> Storage:
    policy = environment.policy
    placement = Placement(policy.regions.gcp.primary.name, recovery.region.name if recovery else None)
    key = (
        Key(stack, "BucketKey", policy=policy.security, location=placement.key_location, project=stack.project)
        if recovery
        else foundation.key
    )
    return Storage(
        stack,
        "Storage",
        project=stack.project_id,
        placement=placement,
        policy=policy.objects,
        backup=policy.backup,
        lock=environment.vault_lock,
        key=key,
    )

"""Data of an environment: database, cache, storage, archive, secrets, and the private way to their vaults."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import TerraformOutput

from constructs_lib import naming
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.azure.data.archive import Archive
from constructs_lib.azure.data.cache import Cache
from constructs_lib.azure.data.database import Database
from constructs_lib.azure.data.secrets import Secrets
from constructs_lib.azure.data.storage import Placement, Storage
from constructs_lib.azure.network.network import RegionNetwork
from constructs_lib.azure.network.private_endpoints import PrivateEndpoint
from environments import Environment, Subscription
from stacks.azure.base import GoodiesTerraformStack, server_name
from stacks.azure.foundation import FoundationPart
from stacks.azure.network import NetworkPart
from stacks.azure.recovery import RecoveryPart


@dataclass(frozen=True, kw_only=True)
class DataPart:
    """Stateful resources of an environment.

    Attributes:
        database: database of the service.
        cache: cache of the service.
        storage: containers of assets and uploads.
        archive: containers of the database's dumps.
        secrets: secrets of the service.
    """

    database: Database
    cache: Cache
    storage: Storage
    archive: Archive
    secrets: Secrets


def add_data(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    account: Subscription,
    foundation: FoundationPart,
    network: NetworkPart,
    recovery: RecoveryPart | None,
) -> DataPart:
    """Add the stateful resources; with a recovery region, their copies there."""
    places = [("VaultEndpoint", foundation.vault, network.region)]
    if recovery:
        places.append(("RecoveryVaultEndpoint", recovery.vault, recovery.region))
    for construct_id, vault, region in places:
        PrivateEndpoint(
            stack,
            construct_id,
            name="vault",
            region=region,
            subnet="endpoints",
            target=vault.vault.id,
            part="vault",
            zone=network.private_zones.zones["vault"],
        )
    vaults = [vault for _, vault, _ in places]
    return DataPart(
        database=_database(
            stack, environment=environment, account=account, foundation=foundation, network=network, vaults=vaults
        ),
        cache=_cache(stack, environment=environment, foundation=foundation, network=network, vaults=vaults),
        storage=_storage(stack, environment=environment, foundation=foundation, network=network, recovery=recovery),
        archive=_archive(stack, environment=environment, foundation=foundation, network=network, recovery=recovery),
        secrets=Secrets(stack, "Secrets", application=environment.service.secrets, vaults=vaults),
    )


def _database(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    account: Subscription,
    foundation: FoundationPart,
    network: NetworkPart,
    vaults: Sequence[Vault],
) -> Database:
    policy, settings = environment.policy, environment.database
    regions = policy.regions.azure
    alone = not settings.multi_az and environment.recovery is None
    storage = policy.sizes.azure_storage(settings.storage_gib)
    TerraformOutput(stack, "DatabaseStorage", value=f"{storage} GiB for {settings.storage_gib}")
    return Database(
        stack,
        "Database",
        name=server_name(environment, account=account, location=network.region.name),
        settings=settings,
        size=environment.database_size,
        sku=environment.database_size.azure.sku(generation=regions.sku_generation, alone=alone),
        storage_gib=storage,
        backup=policy.backup,
        zones=regions.primary.zones,
        region=network.region,
        connections=network.connections,
        private_zones=network.private_zones,
        key=foundation.key,
        vaults=vaults,
        tenant=stack.shared.tenant_id,
        workspace=foundation.workspace,
    )


def _cache(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    foundation: FoundationPart,
    network: NetworkPart,
    vaults: Sequence[Vault],
) -> Cache:
    mark = naming.fingerprint(stack.subscription, environment.name, network.region.name)
    return Cache(
        stack,
        "Cache",
        name=naming.cache(environment.name, mark),
        settings=environment.cache,
        size=environment.cache_size,
        region=network.region,
        private_zones=network.private_zones,
        key=foundation.key,
        vaults=vaults,
        workspace=foundation.workspace,
    )


def _storage(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    foundation: FoundationPart,
    network: NetworkPart,
    recovery: RecoveryPart | None,
) -> Storage:
    primary, other = _places(
        stack, "objects", environment=environment, foundation=foundation, network=network, recovery=recovery
    )
    return Storage(
        stack,
        "Storage",
        primary=primary,
        recovery=other,
        policy=environment.policy.objects,
        zone=network.private_zones.zones["objects"],
    )


def _archive(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    foundation: FoundationPart,
    network: NetworkPart,
    recovery: RecoveryPart | None,
) -> Archive:
    primary, other = _places(
        stack, "backups", environment=environment, foundation=foundation, network=network, recovery=recovery
    )
    return Archive(
        stack,
        "Archive",
        place=other or primary,
        policy=environment.policy.backup,
        lock=environment.vault_lock,
        zone=network.private_zones.zones["objects"],
    )


def _places(
    stack: GoodiesTerraformStack,
    purpose: str,
    *,
    environment: Environment,
    foundation: FoundationPart,
    network: NetworkPart,
    recovery: RecoveryPart | None,
) -> tuple[Placement, Placement | None]:
    """Return where storage accounts of a purpose may stand: in the primary region, and in the recovery region."""

    def name(region: RegionNetwork) -> str:
        mark = naming.fingerprint(stack.subscription, environment.name, region.name)
        return naming.storage_account(purpose, mark)

    primary = Placement(
        name=name(network.region), region=network.region, key=foundation.key, workspace=foundation.workspace
    )
    if not recovery:
        return primary, None
    return primary, Placement(
        name=name(recovery.region), region=recovery.region, key=recovery.key, workspace=recovery.workspace
    )

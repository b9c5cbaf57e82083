"""Data of an environment: storage, archive, secrets, and the private way to their vaults."""

from dataclasses import dataclass

from constructs_lib import naming
from constructs_lib.azure.data.archive import Archive
from constructs_lib.azure.data.secrets import Secrets
from constructs_lib.azure.data.storage import Placement, Storage
from constructs_lib.azure.network.network import RegionNetwork
from constructs_lib.azure.network.private_endpoints import PrivateEndpoint
from environments import Environment
from stacks.azure.base import GoodiesTerraformStack
from stacks.azure.foundation import FoundationPart
from stacks.azure.network import NetworkPart
from stacks.azure.recovery import RecoveryPart


@dataclass(frozen=True, kw_only=True)
class DataPart:
    """Stateful resources of an environment.

    Attributes:
        storage: containers of assets and uploads.
        archive: containers of the database's dumps.
        secrets: secrets of the service.
    """

    storage: Storage
    archive: Archive
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
        storage=_storage(stack, environment=environment, foundation=foundation, network=network, recovery=recovery),
        archive=_archive(stack, environment=environment, foundation=foundation, network=network, recovery=recovery),
        secrets=Secrets(stack, "Secrets", application=environment.service.secrets, vaults=vaults),
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

"""Data of an environment: secrets, and the private way to their vaults."""

from dataclasses import dataclass

from constructs_lib.azure.data.secrets import Secrets
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
        secrets: secrets of the service.
    """

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
    return DataPart(secrets=Secrets(stack, "Secrets", application=environment.service.secrets, vaults=vaults))

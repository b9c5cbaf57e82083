"""Providers of Azure, as far as they do more than keep resources: each module registers its handlers and values."""

from local.azure.arm.services import (  # noqa: F401
    authorization,
    dns,
    groups,
    identities,
    network,
    postgresql,
    private_endpoints,
    redis,
    registries,
    storage,
    vaults,
    workspaces,
)

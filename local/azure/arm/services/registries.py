"""Microsoft.ContainerRegistry: registries."""

from collections.abc import Mapping
from typing import Any

from local.azure.arm.calls import Cloud
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get, shows

KIND = "Microsoft.ContainerRegistry/registries"


@shows(KIND)
def show(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the tier of a registry, which is that of its SKU ("Registries - Get", sku)."""
    del cloud, resource
    return {"sku": {"tier": get(shown, "sku.name")}}

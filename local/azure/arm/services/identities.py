"""Microsoft.ManagedIdentity: user-assigned identities."""

from collections.abc import Mapping
from typing import Any

from local.azure.arm.calls import Cloud
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import shows


@shows("Microsoft.ManagedIdentity/userAssignedIdentities")
def show(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the tenant of an identity."""
    del resource, shown
    return {"properties": {"tenantId": cloud.tenant}}

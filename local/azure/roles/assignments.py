"""Role assignments of principals, as resources keep them."""

import datetime
from collections.abc import Iterator

from local.azure.arm.calls import Cloud
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get
from local.azure.roles.definitions import Role, role_of
from local.azure.switches import SWITCHES

_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
# "Troubleshoot Azure RBAC": changes of role assignments can take up to ten minutes.
DELAY = datetime.timedelta(minutes=10)


def assigned(cloud: Cloud, principal: str, resource: ResourceId, *, data: bool) -> Iterator[Role]:
    """Yield the roles that a principal has on a resource, or on what it is in.

    Args:
        cloud: what the emulator keeps.
        principal: object id.
        resource: what is asked for.
        data: True where they are asked for what the resource holds: there they may count later.
    """
    slow = data and SWITCHES.value(cloud.store, "role_assignments") == "ten minutes later"
    for stored in cloud.of_kind(_ASSIGNMENT).values():
        properties = stored["body"]["properties"]
        if properties["principalId"] != principal or not resource.within(ResourceId(stored["id"]).scope):
            continue
        age = cloud.time() - datetime.datetime.fromisoformat(stored["created"])
        role = role_of(get(stored["body"], "properties.roleDefinitionId") or "")
        if role and not (slow and age < DELAY):
            yield role

"""Microsoft.Authorization: definitions of roles, assignments, and what an assignment says of itself."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm import verbs
from local.azure.arm.calls import Call, Cloud, handles
from local.azure.arm.data import kinds
from local.azure.arm.errors import Refusal, absent
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get, shows, view, write
from local.azure.roles.caller import Caller
from local.azure.roles.definitions import role_of, roles
from local.azure.tokens import CALLER

_DEFINITION = "Microsoft.Authorization/roleDefinitions"
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
_NAME = re.compile(r"roleName eq '([^']*)'")
_PRINCIPAL = re.compile(r"(?:principalId|assignedTo\()\s*(?:eq)?\s*'([^']*)'")


@handles("list", _DEFINITION)
def list_definitions(call: Call) -> Json:
    """Answer the definitions of roles, or the one of a name."""
    wanted = _NAME.search(call.request.query.get("$filter", ""))
    scope = call.id.subscription_id.path if call.id.subscription else ""
    return {"value": [role.shown(scope) for role in roles().values() if wanted is None or role.name == wanted[1]]}


@handles("GET", _DEFINITION)
def get_definition(call: Call) -> Json:
    """Answer the definition of a role.

    Raises:
        Refusal: there is none of the id.
    """
    role = role_of(call.id.name)
    if role is None:
        message = f"The specified role definition with ID '{call.id.name.replace('-', '')}' does not exist."
        raise Refusal(404, "RoleDefinitionDoesNotExist", message)
    return role.shown(call.id.subscription_id.path if call.id.subscription else "")


@handles("PUT", ASSIGNMENT)
def put_assignment(call: Call) -> Json:
    """Assign a role to a principal on a scope ("Troubleshoot Azure RBAC").

    Raises:
        Refusal: there is no such role, the principal has it there already, or the assignment would be changed.
    """
    scope = call.id.scope
    _require(call, scope)
    definition = get(call.body, "properties.roleDefinitionId") or ""
    principal = get(call.body, "properties.principalId") or ""
    if role_of(definition) is None:
        message = f"The specified role definition with ID '{definition.rpartition('/')[2]}' does not exist."
        raise Refusal(404, "RoleDefinitionDoesNotExist", message)
    stored = call.stored
    for each in call.cloud.of_kind(ASSIGNMENT).values():
        same_scope = each["id"].lower().rpartition("/providers/")[0] == scope.key
        properties = each["body"]["properties"]
        same = (properties["principalId"], properties["roleDefinitionId"].rpartition("/")[2].lower()) == (
            principal,
            definition.rpartition("/")[2].lower(),
        )
        if same_scope and same and each["id"].lower() != call.id.key:
            name = each["id"].rpartition("/")[2].replace("-", "")
            raise Refusal(
                409,
                "RoleAssignmentExists",
                f"The role assignment already exists. The ID of the existing role assignment is {name}.",
            )
    if stored and stored["body"]["properties"]["principalId"] != principal:
        message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
        raise Refusal(400, "RoleAssignmentUpdateNotPermitted", message)
    properties = {"principalType": "ServicePrincipal", **call.body.get("properties", {})}
    shown = write(call, {"properties": properties})
    return verbs.answer_change(call, shown, created=stored is None)


@shows(ASSIGNMENT)
def show_assignment(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the scope of an assignment, and when it was made."""
    del shown
    stored = cloud.find(resource)
    return {"properties": {"scope": resource.scope.path or "/", "createdOn": stored["created"] if stored else ""}}


@handles("list", ASSIGNMENT)
def list_assignments(call: Call) -> Json:
    """Answer the assignments on a scope, what it is in and what it holds, or those of a principal.

    The roles that the caller holds on every subscription are shown as assignments on this one.
    """
    wanted = _PRINCIPAL.search(call.request.query.get("$filter", ""))
    scope = call.id.subscription_id
    held = [_held(role, scope) for role in Caller(call.cloud).held()] if wanted is None or wanted[1] == CALLER else []
    found = [
        view(call.cloud, each)
        for each in call.cloud.of_kind(ASSIGNMENT).values()
        if each["id"].lower().startswith(call.id.subscription_id.key)
        if wanted is None or each["body"]["properties"]["principalId"] == wanted[1]
    ]
    return {"value": [*held, *found]}


def _held(role: str, scope: ResourceId) -> Json:
    definition = roles()[role].shown(scope.path)["id"]
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope.key}/{role}"))
    properties = {"roleDefinitionId": definition, "principalId": CALLER, "scope": scope.path}
    return {
        "id": f"{scope.path}/providers/{ASSIGNMENT}/{name}",
        "name": name,
        "type": ASSIGNMENT,
        "properties": {**properties, "principalType": "ServicePrincipal"},
    }


def _require(call: Call, scope: ResourceId) -> None:
    """Refuse a scope that is not there; a key or a secret is one that its vault alone knows.

    Raises:
        Refusal: in Resource Manager's words.
    """
    if scope.group and call.cloud.find(scope.group_id) is None:
        raise absent(scope.group_id, "")
    holder = scope.parent if scope.type in _OF_VAULTS else scope
    if holder.namespace and call.cloud.find(holder) is None:
        kind = kinds().get(holder.type)
        raise absent(holder, kind.type if kind else holder.type)


_OF_VAULTS = ("microsoft.keyvault/vaults/keys", "microsoft.keyvault/vaults/secrets")

"""Resources of all providers, as they are stored and answered.

A resource is stored as its callers sent it, without what only its provider sets and without what is never read. An
answer is that over the kind's defaults, under the outputs of the kind and of its provider.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm import schemas
from local.azure.arm.calls import Call, Cloud, Place, kind_of
from local.azure.arm.ids import ResourceId
from local.proxy.values import merge, with_defaults

Show = Callable[[Cloud, ResourceId, dict[str, Any]], Mapping[str, Any]]
_SHOWN: dict[str, Show] = {}


def shows(*types: str) -> Callable[[Show], Show]:
    """Make a function give the values of kinds that depend on more than their ids, whenever one is read."""

    def register(function: Show) -> Show:
        _SHOWN.update(dict.fromkeys((each.lower() for each in types), function))
        return function

    return register


def view(cloud: Cloud, stored: Json) -> dict[str, Any]:
    """Return a stored resource as its provider answers it."""
    resource = ResourceId(stored["id"])
    kind = kind_of(resource)
    assert kind is not None  # noqa: S101 - it was stored by its kind
    body = stored["body"]
    place = Place(resource, body.get("location", ""))
    shown: dict[str, Any] = merge(with_defaults(place.fill(kind.defaults), body), place.fill(kind.outputs))
    identity = body.get("identity")
    if identity:
        shown["identity"] = _identity(cloud, place, identity)
    properties = shown.setdefault("properties", {})
    properties.setdefault("provisioningState", "Succeeded")
    for path, child in kind.children.items():
        put(shown, path, [view(cloud, each) for each in children(cloud, resource, child)])
    shown |= {"id": stored["id"], "name": resource.name, "type": kind.type, "etag": stored["etag"]}
    if show := _SHOWN.get(kind.key):
        shown = merge(shown, show(cloud, resource, shown))
    return shown


def children(cloud: Cloud, resource: ResourceId, kind: str) -> list[Json]:
    """Return the resources of a kind directly in another, as they are stored."""
    return list(cloud.below(resource, kind).values())


def write(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """Store what a resource shall be, with what it holds in lists of its own, and return it as it is answered."""
    resource, cloud = call.id, call.cloud
    kept = schemas.kept(call.kind, body)
    for path, child in call.kind.children.items():
        given = take(kept, path)
        if given is not None:
            _write_children(call, child, given)
    before = call.stored
    stored = {
        # The case of its first writer stays.
        "id": before["id"] if before else resource.path,
        "type": call.kind.type,
        "body": _located(kept),
        "etag": f'W/"{_digest(kept)}"',
        "created": before["created"] if before else cloud.now(),
        "changed": cloud.now(),
    }
    cloud.resources.put(resource.key, stored)
    return view(cloud, stored)


def remove(cloud: Cloud, resource: ResourceId) -> None:
    """Remove a resource, and all that it holds or that stands on it."""
    cloud.resources.delete(resource.key)
    for key in cloud.resources.list(f"{resource.key}/"):
        cloud.resources.delete(key)


def put(value: dict[str, Any], path: str, content: Any) -> None:
    """Set the value at a path, such as ``properties.subnets``."""
    *above, last = path.split(".")
    for key in above:
        value = value.setdefault(key, {})
    value[last] = content


def take(value: dict[str, Any], path: str) -> Any:
    """Return the value at a path and remove it; None where there is none."""
    *above, last = path.split(".")
    for key in above:
        value = value.get(key) or {}
    return value.pop(last, None)


def get(value: Mapping[str, Any], path: str) -> Any:
    """Return the value at a path; None where there is none."""
    found: Any = value
    for key in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found


def _write_children(call: Call, child: str, given: list[Mapping[str, Any]]) -> None:
    """Put a list of what a resource holds in the place of the one before."""
    below = child.rpartition("/")[2]
    names = {each["name"].lower() for each in given}
    for stored in children(call.cloud, call.id, child):
        if ResourceId(stored["id"]).name.lower() not in names:
            remove(call.cloud, ResourceId(stored["id"]))
    for each in given:
        resource = call.id.below(below, each["name"])
        kind = kind_of(resource)
        assert kind is not None  # noqa: S101 - the kind's own file names it
        write(Call(call.request, resource, kind, "", {}, call.cloud), {"properties": each.get("properties", {})})


def _located(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with its location as Azure answers it: ``East US`` is ``eastus``."""
    if isinstance(body.get("location"), str):
        body["location"] = body["location"].replace(" ", "").lower()
    return body


def _identity(cloud: Cloud, place: Place, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the identities of a resource with their object ids ("Managed identities", Microsoft Entra)."""
    found: dict[str, Any] = {"type": identity.get("type", "None")}
    if "SystemAssigned" in found["type"]:
        found |= {"principalId": place.principal, "tenantId": cloud.tenant}
    if assigned := identity.get("userAssignedIdentities"):
        found["userAssignedIdentities"] = {
            name: {"principalId": own.principal, "clientId": own.client}
            for name in assigned
            for own in [Place(ResourceId(name), "")]
        }
    return found


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]

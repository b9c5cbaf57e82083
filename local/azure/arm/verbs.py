"""Usual methods of all providers."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm import operations
from local.azure.arm.calls import HANDLERS, Call, Handler
from local.azure.arm.data import kinds, statuses
from local.azure.arm.errors import Refusal, absent
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import children, remove, view, write
from local.proxy.api import Response
from local.proxy.values import merge

_DEFAULT = "default"


def find_handler(call: Call) -> Handler:
    """Return the handler of a call: the kind's own, or the usual one of the method.

    Raises:
        Refusal: the kind has no such action.
    """
    method = call.action or call.method
    found = HANDLERS.get((method.lower(), call.kind.key)) or (None if call.action else _USUAL.get(call.method))
    if found is None:
        raise Refusal(
            404 if call.action else 405,
            "InvalidResourceType" if call.action else "MethodNotAllowed",
            f"The resource type '{call.kind.type}' has no '{method}' on the embedded Azure.",
        )
    return found


def find_list(call: Call) -> Handler:
    """Return the handler that lists a kind: the kind's own, or the usual one."""
    return HANDLERS.get(("list", call.kind.key), collection)


def require_parent(call: Call) -> None:
    """Refuse a resource whose resource group, or the resource that holds it, is not there.

    Raises:
        Refusal: in Resource Manager's words ("Resolve errors for parent resource not found").
    """
    resource, cloud = call.id, call.cloud
    if resource.group and resource.namespace and cloud.find(resource.group_id) is None:
        raise absent(resource.group_id, "")
    parent = resource.parent
    if resource.has_parent and cloud.find(parent) is None and not is_fixed(call, parent):
        kind = call.kind.type.partition("/")[2]
        raise Refusal(
            404,
            "ParentResourceNotFound",
            f"Failed to perform 'write' on resource(s) of type '{kind}', because the parent resource '{parent}' could"
            " not be found.",
        )


def is_fixed(call: Call, resource: ResourceId) -> bool:
    """Return whether a resource is there without that anybody made it."""
    kind = kinds().get(resource.type)
    return bool(kind and kind.fixed and (not resource.has_parent or call.cloud.find(resource.parent)))


def existing(call: Call) -> Json:
    """Return a resource as it is stored.

    Raises:
        Refusal: there is none.
    """
    stored = call.stored
    if stored is not None:
        return stored
    if is_fixed(call, call.id):
        return {"id": call.id.path, "type": call.kind.type, "body": {}, "etag": "", "created": "", "changed": ""}
    if call.id.group and call.id.namespace and call.cloud.find(call.id.group_id) is None:
        raise absent(call.id.group_id, "")
    raise absent(call.id, call.kind.type)


def get(call: Call) -> Json:
    """Answer a resource."""
    return view(call.cloud, existing(call))


def put(call: Call) -> Json:
    """Make a resource, or put another in its place."""
    require_parent(call)
    created = call.stored is None
    shown = write(call, call.body)
    return answer_change(call, shown, created=created)


def patch(call: Call) -> Json:
    """Merge a change into a resource; tags are replaced."""
    stored = existing(call)
    changed: dict[str, Any] = merge(stored["body"], call.body)
    if "tags" in call.body:
        changed["tags"] = call.body["tags"]
    return answer_change(call, write(call, changed), created=False)


def delete(call: Call) -> Json:
    """Remove a resource; nothing happens where there is none."""
    known = statuses(status_path(call), "DELETE")
    if call.stored is None:
        return Response(status=known.first(204, 200))
    headers = operations.start(call) if known.polled else {}
    remove(call.cloud, call.id)
    if known.polled and 202 in known.accepted:  # noqa: PLR2004
        return Response(status=202, headers=headers)
    return Response(status=known.first(200, 204))


def collection(call: Call) -> Json:
    """Answer the resources of a kind in a scope, or directly in another resource."""
    holder = call.id.scope if len(call.id.names) == 0 else ResourceId(call.id.path.rpartition("/")[0])
    if call.id.names:
        found = children(call.cloud, holder, call.kind.type)
    else:
        found = list(call.cloud.below(holder, call.kind.type).values())
    return {"value": [view(call.cloud, each) for each in found]}


def answer_change(call: Call, shown: Mapping[str, Any], *, created: bool) -> Response:
    """Return the answer to a change: with a status that Terraform's provider takes, and an operation to poll."""
    known = statuses(status_path(call), call.method)
    status = known.first(201, 200, 202) if created else known.first(200, 201, 202)
    headers = operations.start(call) if known.polled else {}
    answer = Response.of_json(shown, status=status)
    return Response(status=status, body=answer.body, headers={**answer.headers, **headers})


def status_path(call: Call) -> str:
    """Return the type with the name ``default`` where a resource can have no other."""
    names = ["" if name.lower() != _DEFAULT else f"/{_DEFAULT}" for name in call.id.names]
    namespace, *types = call.kind.key.split("/")
    return namespace + "".join(f"/{kind}{name}" for kind, name in zip(types, names, strict=True))


_USUAL: Mapping[str, Handler] = {"GET": get, "PUT": put, "PATCH": patch, "DELETE": delete}

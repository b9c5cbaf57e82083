"""Usual methods of all APIs."""

import uuid
from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.gcp.rest import forms, operations
from local.gcp.rest.calls import Call, Place, handles
from local.gcp.rest.discovery import Method, methods_of
from local.gcp.rest.errors import Refusal
from local.gcp.rest.resources import VERSIONS, read, schema_of, view, write
from local.gcp.rest.values import apply_mask
from local.proxy.values import merge

_PAGE = 500
# Parameters that name the request itself.
_OF_REQUESTS = ("clientOperationId", "requestId")


@handles("get")
def get(call: Call) -> Json:
    """Answer a resource."""
    return read(call)


@handles("list")
def list_all(call: Call) -> Json:
    """Answer the resources of a collection, by pages."""
    found = below(call)
    token = call.parameters.get("pageToken") or "0"
    if not token.isdecimal():
        raise Refusal("INVALID_ARGUMENT", f"Invalid value for field 'pageToken': '{token}'.")
    first = int(token)
    size = int(call.parameters.get("pageSize") or call.parameters.get("maxResults") or _PAGE)
    return page(call, found[first : first + size], str(first + size) if len(found) > first + size else "")


def below(call: Call) -> list[dict[str, Any]]:
    """Return the resources directly in a collection; ``-`` stands for all locations."""
    prefix, dash, rest = call.name.partition("/-/")
    depth = call.name.count("/") + 1
    return [
        view(call.at(name), stored)
        for name, stored in call.documents.list(f"{prefix}/").items()
        if name.count("/") == depth and (not dash or name.rpartition("/")[0].endswith(f"/{rest}"))
    ]


def page(call: Call, items: list[Json], token: str = "") -> dict[str, Any]:
    """Return the answer that lists items; an API leaves out a list that is empty."""
    schema = call.method.response
    lists = [key for key, row in schema["properties"].items() if row.get("type") == "array" and "$ref" in row["items"]]
    wanted = [
        key for key in lists if call.method.document.resolve(schema["properties"][key]["items"]) == schema_of(call)
    ]
    answer: dict[str, Any] = {"kind": schema["kind"]} if "kind" in schema else {}
    if items:
        answer[(wanted or lists)[0]] = items
    return answer | ({"nextPageToken": token} if token else {})


@handles("create", "insert", "createAsync")
def create(call: Call) -> Json:
    """Make a resource.

    Raises:
        Refusal: there is one of the name.
    """
    body, _ = unwrapped(call)
    target = call.at(new_name(call, body))
    if call.documents.get(target.name) is not None:
        raise forms.present(target)
    return answer_change(target, write(target, body))


@handles("patch", "updateAsync")
def patch(call: Call) -> Json:
    """Change the fields of a resource that a mask names, or else those that the body has."""
    body, mask = unwrapped(call)
    stored = _stored_for_change(call, body)
    changed = apply_mask(stored["body"], body, mask) if mask else merge(stored["body"], body)
    return answer_change(call, write(call, changed))


@handles("update")
def update(call: Call) -> Json:
    """Put a resource in the place of another, or only the fields that a mask names."""
    body, mask = unwrapped(call)
    stored = _stored_for_change(call, body)
    return answer_change(call, write(call, apply_mask(stored["body"], body, mask) if mask else body))


@handles("delete")
def delete(call: Call) -> Json:
    """Remove a resource, with what it holds."""
    last = read(call)
    remove(call)
    return answer_change(call, {} if not call.method.starts_operation else last, deleted=True)


@handles("action")
def act(call: Call) -> Json:
    """Set the values that a method of the kind stands for."""
    read(call)
    stored: dict[str, Any] = call.documents.get(call.name) or {}
    stored["outputs"] = merge(stored["outputs"], call.method.kind.actions[call.method.action])
    call.documents.put(call.name, stored)
    shown = view(call, stored) if call.method.response.get("properties") else {}
    return answer_change(call, shown)


@handles("set")
def set_fields(call: Call) -> Json:
    """Put the fields of the body in the place of the resource's: ``setLabels``, ``setUrlMap``.

    Those that are output-only elsewhere stay when the resource is updated: ``setSecurityPolicy``.
    """
    stored = _stored_for_change(call, call.body)
    fields, properties = (call.method.request or {})["properties"], schema_of(call).get("properties", {})
    # A client of Go leaves out what is false.
    sent = {key: False for key, row in fields.items() if row.get("type") == "boolean"} | {**call.body}
    outputs = {key: value for key, value in sent.items() if properties.get(key, {}).get("readOnly")}
    call.documents.put(call.name, {"body": stored["body"], "outputs": {**stored["outputs"], **outputs}})
    body = {key: value for key, value in sent.items() if key not in outputs}
    return answer_change(call, write(call, {**stored["body"], **body}))


def remove(call: Call) -> None:
    """Remove a resource, what it holds, and their policies."""
    for part in ("", "policies"):
        documents = call.cloud.documents(call.api, part)
        documents.delete(call.name)
        for name in documents.list(f"{call.name}/"):
            documents.delete(name)


def answer_change(call: Call, result: Mapping[str, Any], *, deleted: bool = False) -> Json:
    """Return the answer to a change: the resource, or the operation that makes it."""
    if call.method.starts_operation:
        return operations.start(call, result, deleted=deleted)
    return result


def unwrapped(call: Call) -> tuple[Mapping[str, Any], str]:
    """Return the resource in a body, and the mask of the fields to change; some methods wrap the resource."""
    mask = call.parameters.get("updateMask", "")
    request, wanted = call.method.content["request"], resource_name(call.method)
    if request == wanted:
        return call.body, mask
    rows = call.method.request or {}
    for key, row in rows.get("properties", {}).items():
        if row.get("$ref") == wanted:
            return call.body.get(key, {}), call.body.get("updateMask", mask)
    return call.body, mask


def resource_name(method: Method) -> str | None:
    """Return the name of the schema of the kind of resource that a method is about."""
    found = methods_of(method.document, method.kind).get("get")
    return str(found.content["response"]) if found else None


def new_name(call: Call, body: Mapping[str, Any]) -> str:
    """Return the name of a resource that is to be made."""
    if call.method.verb == "PUT":
        return call.name
    return f"{call.name}/{_new_id(call, body)}"


def _new_id(call: Call, body: Mapping[str, Any]) -> str:
    kind, place = call.method.kind, Place(call.name, call.cloud)
    if kind.id == "generated":
        return Place(f"{call.name}/{uuid.uuid4()}", call.cloud).digits
    if kind.id == "uuid":
        return str(uuid.uuid4())
    parameter = next((key for key in call.method.parameters if key.endswith("Id") and key not in _OF_REQUESTS), "")
    template, values = (f"{{{parameter}}}", call.parameters) if parameter else (kind.id, {**call.body, **body})
    try:
        found = str(place.fill(template, **values))
    except AttributeError as error:
        raise Refusal("INVALID_ARGUMENT", f"Required field '{error.name}' not specified", "required") from error
    # A body may hold the whole name.
    found = found if parameter else found.rpartition("/")[2]
    if not found or "/" in found:
        raise Refusal("INVALID_ARGUMENT", f"Invalid value for field '{parameter or 'name'}': '{found}'")
    return found


def _stored_for_change(call: Call, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a resource that is to be changed, unless the caller has read an older version of it."""
    shown = read(call)
    for key in VERSIONS:
        if key in body and key in shown and body[key] != shown[key]:
            raise forms.stale(call, key)
    stored: Mapping[str, Any] = call.documents.get(call.name) or {}
    return stored

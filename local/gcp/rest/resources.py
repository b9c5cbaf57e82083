"""Resources of all APIs: what the usual methods do with them.

A resource is stored as two parts: what its callers sent, and what only the API sets. An answer is the first over the
kind's defaults, the second over both.
"""

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assembly.values import Json
from local.gcp.rest import forms, operations
from local.gcp.rest.calls import Call, Place, digest, handles
from local.gcp.rest.checks import camel
from local.gcp.rest.discovery import Method, methods_of
from local.gcp.rest.errors import Refusal

_PAGE = 500
_CREATED = ("createTime", "creationTime", "creationTimestamp", "timeCreated")
# Values by which a writer shows which version it has read.
_VERSIONS = ("etag", "fingerprint", "labelFingerprint")


@dataclass(frozen=True)
class Resource:
    """A resource as its computed values see it.

    Attributes:
        place: its name.
        body: what its callers sent, over the defaults.
        outputs: what was computed before.
    """

    place: Place
    body: Mapping[str, Any]
    outputs: Mapping[str, Any]


Compute = Callable[[Resource], Mapping[str, Any]]
Rewrite = Callable[[dict[str, Any]], dict[str, Any]]
_COMPUTED: dict[str, Compute] = {}
_REWRITTEN: dict[str, Rewrite] = {}


def computes(*kinds: str) -> Callable[[Compute], Compute]:
    """Make a function compute output-only values of kinds, such as ``compute.networks``, whenever one is written."""

    def register(function: Compute) -> Compute:
        _COMPUTED.update(dict.fromkeys(kinds, function))
        return function

    return register


def rewrites(*kinds: str) -> Callable[[Rewrite], Rewrite]:
    """Make a function change what the API answers of kinds."""

    def register(function: Rewrite) -> Rewrite:
        _REWRITTEN.update(dict.fromkeys(kinds, function))
        return function

    return register


def schema_of(call: Call) -> Mapping[str, Any]:
    """Return the schema of the kind of resource that a call is about."""
    found = methods_of(call.method.document, call.method.kind)
    return (found.get("get") or found.get("list") or call.method).response


def read(call: Call) -> dict[str, Any]:
    """Return a resource as the API answers it.

    Raises:
        Refusal: there is none of the name.
    """
    stored = call.documents.get(call.name)
    if stored is None:
        raise forms.absent(call)
    return view(call, stored)


def view(call: Call, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored resource as the API answers it."""
    kind = call.method.kind
    defaults = Place(call.name, call.cloud).fill(kind.defaults)
    shown = merge(with_defaults(defaults, stored["body"]), stored["outputs"])
    rewrite = _REWRITTEN.get(kind_name(call))
    return rewrite(shown) if rewrite else shown


def write(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """Store what a resource shall be, and return it as the API answers it."""
    kind, place = call.method.kind, Place(call.name, call.cloud)
    stored = call.documents.get(call.name)
    before = stored["outputs"] if stored else {}
    kept = {key: value for key, value in body.items() if key not in _VERSIONS}
    complete = with_defaults(place.fill(kind.defaults), kept)
    outputs = merge(before, _usual_outputs(call, kept, before))
    outputs = merge(outputs, place.fill(kind.outputs, body=complete))
    compute = _COMPUTED.get(kind_name(call))
    if compute:
        outputs = merge(outputs, compute(Resource(place, complete, before)))
    call.documents.put(call.name, {"body": kept, "outputs": outputs})
    return view(call, {"body": kept, "outputs": outputs})


def kind_name(call: Call) -> str:
    """Return the name of a kind, without the collections that hold it: ``cloudkms.cryptoKeys``."""
    return f"{call.api}.{call.method.kind.resource.rpartition('.')[2]}"


@handles("get")
def get(call: Call) -> Json:
    """Answer a resource."""
    return read(call)


@handles("list")
def list_all(call: Call) -> Json:
    """Answer the resources of a collection, by pages."""
    found = below(call)
    first = int(call.parameters.get("pageToken", "0"))
    size = int(call.parameters.get("pageSize") or call.parameters.get("maxResults") or _PAGE)
    return page(call, found[first : first + size], str(first + size) if len(found) > first + size else "")


def below(call: Call) -> list[dict[str, Any]]:
    """Return the resources directly in a collection; ``-`` stands for all locations."""
    prefix, dash, rest = call.name.partition("/-/")
    depth = call.name.count("/") + 1
    return [
        view(call, stored)
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
    return answer_change(call, view(call, stored))


@handles("set")
def set_fields(call: Call) -> Json:
    """Put the fields of the body in the place of the resource's: ``setLabels``, ``setUrlMap``."""
    stored = _stored_for_change(call, call.body)
    return answer_change(call, write(call, {**stored["body"], **call.body}))


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
    kind = call.method.kind
    for key, value in call.parameters.items():
        if key in call.method.parameters and key.endswith("Id") and key != "requestId":
            return value
    if kind.id == "generated":
        return Place(f"{call.name}/{uuid.uuid4()}", call.cloud).digits
    if kind.id == "uuid":
        return str(uuid.uuid4())
    values = {**call.body, **body}
    try:
        return str(Place(call.name, call.cloud).fill(kind.id, **values)).rpartition("/")[2]
    except AttributeError as error:
        raise Refusal("INVALID_ARGUMENT", f"Required field '{error.name}' not specified", "required") from error


def _stored_for_change(call: Call, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a resource that is to be changed, unless the caller has read an older version of it."""
    shown = read(call)
    for key in _VERSIONS:
        if key in body and key in shown and body[key] != shown[key]:
            raise forms.stale(call, key)
    stored: Mapping[str, Any] = call.documents.get(call.name) or {}
    return stored


def _usual_outputs(call: Call, body: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the output-only values that many kinds have, by the fields of the schema."""
    place, now = Place(call.name, call.cloud), call.cloud.now()
    properties = schema_of(call).get("properties", {})
    version = base64.b64encode(bytes.fromhex(digest(json.dumps(body, sort_keys=True)))[:12]).decode()
    found: dict[str, Any] = {key: version for key in _VERSIONS if key in properties}
    found |= {key: now for key in ("updateTime", "updated") if key in properties}
    found |= {key: now for key in _CREATED if key in properties and key not in before}
    found |= {key: str(uuid.uuid4()) for key in ("uid",) if key in properties and key not in before}
    if properties.get("id", {}).get("format") == "uint64":
        found["id"] = place.digits
    if kind := schema_of(call).get("kind"):
        found["kind"] = kind
    if "name" in properties:
        found["name"] = place.short if forms.form(call).short_names else call.name
    if "selfLink" in properties:
        found["selfLink"] = forms.self_link(call, call.name)
    return found


def merge(value: Any, change: Any) -> Any:
    """Return a value with a change merged into it: objects by their keys, everything else as a whole."""
    if isinstance(value, Mapping) and isinstance(change, Mapping):
        return {**value, **{key: merge(value.get(key), below) for key, below in change.items()}}
    return change


def with_defaults(defaults: Any, value: Any) -> Any:
    """Return a value over its defaults.

    In defaults, ``*`` stands for each item of a list, and ``?`` for an object where there is one.
    """
    if not isinstance(defaults, Mapping):
        return defaults if value is None else value
    if "*" in defaults:
        return value and [with_defaults(defaults["*"], item) for item in value]
    if "?" in defaults:
        return value if value is None else with_defaults(defaults["?"], value)
    filled = {key: with_defaults(below, (value or {}).get(key)) for key, below in defaults.items()}
    return {**(value or {}), **{key: below for key, below in filled.items() if below is not None}}


def apply_mask(value: Mapping[str, Any], body: Mapping[str, Any], mask: str) -> dict[str, Any]:
    """Return a value with the fields that a mask names taken from a body, and without those that it lacks."""
    changed: dict[str, Any] = json.loads(json.dumps(value))
    if mask == "*":
        return dict(body)
    for path in mask.split(","):
        _apply(changed, body, [camel(part) for part in path.strip().split(".")])
    return changed


def _apply(value: dict[str, Any], body: Mapping[str, Any], path: list[str]) -> None:
    key, *rest = path
    if rest:
        _apply(value.setdefault(key, {}), body.get(key) or {}, rest)
    elif key in body:
        value[key] = body[key]
    else:
        value.pop(key, None)

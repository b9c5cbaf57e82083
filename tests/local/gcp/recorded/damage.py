"""Damaged copies of a request: each is one that Google's APIs, or that of Kubernetes, refuse."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from assembly.values import Json
from local.gcp.refusals import names
from local.gcp.rest import checks
from local.gcp.rest.apis import find
from local.gcp.rest.calls import Cloud
from local.gcp.rest.discovery import Method
from local.proxy.api import Request
from local.proxy.store import Store
from tests.local.gcp.recorded.values import Path, leaves, put

Make = Callable[[], Request]
CLUSTER = ".gke.goog"
_NOWHERE = "nosuchthing"
_STALE = "c3RhbGU="
_OTHER_VERSION = "999999"  # of settings, which are counted
_CLOUD = Cloud(Store())
# The resource's own name, and the destination of a sink, which is looked up when it writes.
_NOT_LOOKED_UP = ("name", "destination")
# Parts of a path that are no resources of a project.
_PLACES = ("locationsId", "region", "v1Id", "v1beta1Id")
# The embedded cloud knows each organization, billing account and region that is asked for; a connection has no name,
# and a topic is made by its own.
_ANY_NAME = (
    "billingbudgets.billingAccounts.budgets.create", "billingbudgets.billingAccounts.budgets.list",
    "cloudbilling.billingAccounts.", "cloudresourcemanager.organizations.", "compute.regions.",
    "pubsub.projects.topics.create", "servicenetworking.services.",
)  # fmt: skip
_VERSIONS = ("etag", "fingerprint", "labelFingerprint", "resourceVersion", "settingsVersion")
# No value of these is one of the type: an object where none is, or a text where an object or a list is.
_WRONG: Mapping[str, Json] = {"object": "text", "array": "text"}
# What the refusal of a kind of damage says: one for another reason shows nothing of it.
REASONS: Mapping[str, str] = {
    "unknown field": "Unknown name|unknown field|could not be found in request message",
    "wrong type": "Invalid value at|cannot unmarshal|Invalid value: |each item of the list needs a name",
    "bad enumeration": "TYPE_ENUM",
    "missing": "not specified|Required parameter is missing|Required value",
    "dead reference": (
        "does not exist|[Nn]ot found|cannot be found|could not find the requested resource|may not exist|"
        "The caller does not have permission|Permission denied on resource project"
    ),
    "stale version": "does not match|concurrent policy changes|Precondition Failed|settings version|has been modified",
}


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A damaged request.

    Attributes:
        kind: of damage, such as ``unknown field``.
        where: what is damaged.
        make: makes the request.
    """

    kind: str
    where: str
    make: Make


def method_of(request: Request) -> str:
    """Return the name of the method that a request calls; of Kubernetes, the verb and the kind."""
    if found := find(request):
        return f"{found[0].document.name}:{found[0].id}"
    parts = [part for part in request.path.split("/") if part]
    plain = parts[: 2 if parts[0] == "api" else 3]
    rest = parts[len(plain) :]
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    verb = request.method.lower() if len(rest) > 1 or request.method != "GET" else "list"
    return f"kubernetes:{verb} {'/'.join([*plain, *rest[:1], *rest[2:]])}"


def damages(request: Request) -> Iterator[Damage]:
    """Yield each way to damage a request."""
    if request.host.endswith(CLUSTER):
        yield from _of_kubernetes(request)
        return
    found = find(request)
    assert found, request
    method, _, _ = found
    for kind, function in _OF_REST.items():
        for where, damaged in function(request, method):
            yield Damage(kind=kind, where=where, make=damaged)


def _values(request: Request, method: Method) -> Iterator[tuple[Path, checks.Value]]:
    """The values of a body that a schema describes, with their paths."""
    body = request.json()
    if method.request is None or not isinstance(body, dict):
        return
    root = checks.Value(method.document, method, "", method.request, body)
    for value in checks.walk(root):
        parts = value.path.replace("]", "").replace("[", ".#").split(".") if value.path else ()
        path = tuple(int(part[1:]) if part.startswith("#") else part for part in parts)
        if _is_at(body, path):  # a key may have a dot in it
            yield path, value


def _is_at(value: Json, path: Path) -> bool:
    try:
        for key in path:
            value = value[key]
    except (LookupError, TypeError):
        return False
    return True


def _with(request: Request, path: Path, new: Json) -> Request:
    body = request.json()
    if not path:
        return replace(request, body=json.dumps(new).encode())
    put(body, path, new)
    return replace(request, body=json.dumps(body).encode())


def _unknown_fields(request: Request, method: Method) -> Iterator[tuple[str, Make]]:
    yield "query", partial(replace, request, query={**request.query, "noSuchField": "x"})
    if mask := request.query.get("updateMask"):
        yield "mask", partial(replace, request, query={**request.query, "updateMask": f"{mask},noSuchField"})
    for path, value in _values(request, method):
        closed = value.schema.get("properties") and "additionalProperties" not in value.schema
        if isinstance(value.content, dict) and closed:
            yield value.path, partial(_with, request, path, {**value.content, "noSuchField": "x"})


def _wrong_types(request: Request, method: Method) -> Iterator[tuple[str, Make]]:
    for path, value in _values(request, method):
        kind = value.schema.get("type", "any")
        if path and kind != "any" and "enum" not in value.schema:
            yield value.path, partial(_with, request, path, _WRONG.get(kind, {"x": 1}))


def _bad_enums(request: Request, method: Method) -> Iterator[tuple[str, Make]]:
    for path, value in _values(request, method):
        if path and "enum" in value.schema and isinstance(value.content, str):
            yield value.path, partial(_with, request, path, "NO_SUCH_VALUE")


def _missing(request: Request, method: Method) -> Iterator[tuple[str, Make]]:
    for name, row in method.parameters.items():
        if row.get("required") and name in request.query:
            query = {key: value for key, value in request.query.items() if key != name}
            yield name, partial(replace, request, query=query)
    for path, value in _values(request, method):
        if not isinstance(value.content, dict):
            continue
        for violation in checks.check_required(replace(value, content={})):
            key = violation.field.rpartition(".")[2]
            if key in value.content:
                less = {name: below for name, below in value.content.items() if name != key}
                yield violation.field, partial(_with, request, path, less)


def _dead_references(request: Request, method: Method) -> Iterator[tuple[str, Make]]:
    """The resource that the method is about, or that holds it, and those that a body names."""
    for path, value in _values(request, method):
        text = value.content
        named = isinstance(text, str) and not value.schema.get("readOnly") and names.find(text, _CLOUD)
        if named and path[-1] not in _NOT_LOOKED_UP:
            yield value.path, partial(_with, request, path, f"{text.rpartition('/')[0]}/{_NOWHERE}")
    found = method.pattern.fullmatch(request.path)
    held_by = [name for name in found.groupdict() if name not in _PLACES] if found else []
    if found and held_by and not method.id.startswith(_ANY_NAME):
        start, end = found.span(held_by[-1])
        yield "path", partial(replace, request, path=f"{request.path[:start]}{_NOWHERE}{request.path[end:]}")


def _stale_versions(request: Request, method: Method) -> Iterator[tuple[str, Make]]:
    del method
    body = request.json()
    if isinstance(body, dict):
        for path, value in leaves(body):
            if path and path[-1] in _VERSIONS and isinstance(value, str) and value:
                yield str(path[-1]), partial(_with, request, path, _OTHER_VERSION if value.isdecimal() else _STALE)


_OF_REST: Mapping[str, Callable[[Request, Method], Iterator[tuple[str, Make]]]] = {
    "unknown field": _unknown_fields,
    "wrong type": _wrong_types,
    "bad enumeration": _bad_enums,
    "missing": _missing,
    "dead reference": _dead_references,
    "stale version": _stale_versions,
}


def _of_kubernetes(request: Request) -> Iterator[Damage]:
    def damage(kind: str, where: str, make: Callable[..., Request], *values: Any, **fields: Any) -> Damage:
        return Damage(kind=kind, where=where, make=partial(make, request, *values, **fields))

    parts = request.path.split("/")
    if request.method != "POST":
        yield damage("dead reference", "path", replace, path="/".join([*parts[:-1], _NOWHERE]))
    if "namespaces" in parts[:-2]:
        at = parts.index("namespaces") + 1
        if request.method != "GET" or len(parts) > at + 2:
            gone = "/".join([*parts[:at], _NOWHERE, *parts[at + 1 :]])
            yield damage("dead reference", "namespace", _in_namespace, gone)
    body: Any = request.json()
    if isinstance(body, dict):
        yield from _of_object(request, body, damage)


def _in_namespace(request: Request, path: str) -> Request:
    body: Any = request.json() if request.body else None
    if not isinstance(body, dict) or "namespace" not in body.get("metadata", {}):
        return replace(request, path=path)
    return replace(_with(request, ("metadata", "namespace"), _NOWHERE), path=path)


def _of_object(request: Request, body: dict[str, Any], damage: Callable[..., Damage]) -> Iterator[Damage]:
    metadata = body.get("metadata", {})
    strict = {**request.query, "fieldValidation": "Strict"}
    if "spec" in body and isinstance(body["spec"], dict):
        unknown = json.dumps(body | {"spec": {**body["spec"], "noSuchField": "x"}}).encode()
        yield damage("unknown field", "spec", replace, body=unknown, query=strict)
    for path, value in leaves(body):
        free = "openAPIV3Schema" in path or path[-1] == "creationTimestamp" or any("$" in str(key) for key in path)
        if path[0] in ("spec", "metadata", "rules") and isinstance(value, str) and not free:
            yield damage("wrong type", "/".join(map(str, path)), _with, path, {"x": 1})
    if request.method == "POST" and metadata.get("name"):
        nameless = {key: value for key, value in metadata.items() if key != "name"}
        yield damage("missing", "metadata/name", _with, ("metadata",), nameless)
    if request.method == "PUT" and metadata.get("resourceVersion"):
        yield damage("stale version", "resourceVersion", _with, ("metadata", "resourceVersion"), "1")

"""OpenAPI documents of a cluster, version 3, by group and version.

With them kubectl explains fields, and asks the server to refuse unknown ones.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from assembly.values import Json
from local.kubernetes.kinds import Kind
from local.kubernetes.schemas import Schemas

_DEFINITIONS = "#/$defs/"
_COMPONENTS = "#/components/schemas/"


def index(kinds: Sequence[Kind]) -> Json:
    """Return the document of ``/openapi/v3``: where the others are. Clients keep them by the hash in their paths."""
    versions: dict[str, list[Kind]] = {}
    for kind in kinds:
        versions.setdefault(_root(kind), []).append(kind)
    return {
        "paths": {
            root: {"serverRelativeURL": f"/openapi/v3/{root}?hash={_digest(served)}"}
            for root, served in versions.items()
        }
    }


def document(root: str, kinds: Sequence[Kind], schemas: Schemas) -> Json | None:
    """Return the document of a version of a group; None where it is not served.

    Args:
        root: its path, such as ``apis/apps/v1``.
        kinds: all that the cluster serves.
        schemas: of its release.
    """
    served = [kind for kind in kinds if _root(kind) == root]
    if not served:
        return None
    components = dict(_components(served, schemas))
    paths = {
        f"/{root}{'/namespaces/{namespace}' if kind.namespaced else ''}/{kind.plural}/{{name}}": _path(kind)
        for kind in served
    }
    information = {"title": "Kubernetes", "version": "v1"}
    return {"openapi": "3.0.0", "info": information, "paths": paths, "components": {"schemas": components}}


def _root(kind: Kind) -> str:
    return f"apis/{kind.group}/{kind.version}" if kind.group else f"api/{kind.version}"


def _digest(kinds: Sequence[Kind]) -> str:
    content = [(kind.api_version, kind.name, kind.definition) for kind in kinds]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def _path(kind: Kind) -> Json:
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "uniqueItems": True}}
        for name in ("dryRun", "fieldManager", "fieldValidation")
    ]
    name = {"group": kind.group, "version": kind.version, "kind": kind.name}
    common = {"x-kubernetes-group-version-kind": name, "responses": {"200": {"description": "OK"}}}
    return {
        "get": common | {"x-kubernetes-action": "get"},
        "patch": common | {"x-kubernetes-action": "patch", "parameters": parameters},
    }


def _components(kinds: Sequence[Kind], schemas: Schemas) -> Iterator[tuple[str, Json]]:
    """Yield the schemas of kinds and all that they refer to, by name."""
    names: list[str] = []
    for kind in kinds:
        schema = schemas.of(kind)
        if kind.definition is not None:
            group = ".".join(reversed(kind.group.split(".")))
            described = {"group": kind.group, "version": kind.version, "kind": kind.name}
            extension = {"x-kubernetes-group-version-kind": [described]}
            yield f"{group}.{kind.version}.{kind.name}", _plain(schema) | extension
        names += _references(schema)
    found: dict[str, None] = {}
    while names:
        name = names.pop()
        if name not in found:
            found[name] = None
            names += _references(schemas.definitions[name])
            yield name, _plain(schemas.definitions[name])


def _references(schema: Json) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(_DEFINITIONS)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _plain(schema: Json) -> Json:
    """Return a schema as Kubernetes publishes it: one type, references to components, no word on other fields."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    result = {key: _plain(value) for key, value in schema.items()}
    if isinstance(result.get("type"), list):
        result["type"] = next(each for each in result["type"] if each != "null")
    if result.get("additionalProperties") is False:
        del result["additionalProperties"]
    if isinstance(result.get("$ref"), str):
        reference = result.pop("$ref").replace(_DEFINITIONS, _COMPONENTS)
        result["allOf"] = [{"$ref": reference}]
    return result

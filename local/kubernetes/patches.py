"""Patches of objects, by their media types (page "Update API Objects in Place Using kubectl patch")."""

import jsonpatch

from assembly.values import Json
from local.kubernetes.errors import bad_request
from local.kubernetes.schemas import Schemas

JSON = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


def json_patch(item: Json, operations: Json) -> Json:
    """Apply a JSON patch (RFC 6902).

    Raises:
        StatusError: an operation does not fit the object.
    """
    try:
        return jsonpatch.apply_patch(item, operations)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError) as error:
        raise bad_request(f"the patch cannot be applied: {error}") from error


def merge_patch(item: Json, patch: Json) -> Json:
    """Apply a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(item) if isinstance(item, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def strategic_merge_patch(schemas: Schemas, schema: Json, item: Json, patch: Json) -> Json:
    """Apply a strategic merge patch: lists of the schema's merge strategy merge by their key.

    Directives ``$patch``, ``$retainKeys``, ``$deleteFromPrimitiveList`` and ``$setElementOrder``: document
    "Strategic Merge Patch" of kubernetes/community.
    """
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {name: value for name, value in patch.items() if name != "$patch"}
    schema = schemas.resolve(schema)
    merged = dict(item) if isinstance(item, dict) else {}
    if (kept := patch.get("$retainKeys")) is not None:
        merged = {name: value for name, value in merged.items() if name in kept}
    for name, value in patch.items():
        if name.startswith("$"):
            _directive(merged, name, value)
        elif value is None or (isinstance(value, dict) and value.get("$patch") == "delete"):
            merged.pop(name, None)
        elif isinstance(value, list):
            merged[name] = _merge_list(schemas, _property(schema, name), merged.get(name) or [], value)
        else:
            merged[name] = strategic_merge_patch(schemas, _property(schema, name), merged.get(name), value)
    for name, order in patch.items():
        target = name.partition("/")[2]
        if name.startswith("$setElementOrder/") and isinstance(order, list) and isinstance(merged.get(target), list):
            merged[target] = _ordered(merged[target], order, _property(schema, target))
    return merged


def _directive(merged: dict[str, Json], name: str, value: Json) -> None:
    directive, _, target = name.partition("/")
    if directive == "$deleteFromPrimitiveList" and isinstance(value, list):
        merged[target] = [each for each in merged.get(target, []) if each not in value]


def _property(schema: Json, name: str) -> Json:
    additional = schema.get("additionalProperties")
    return schema.get("properties", {}).get(name) or (additional if isinstance(additional, dict) else {})


def _merge_list(schemas: Schemas, schema: Json, items: list[Json], patch: list[Json]) -> list[Json]:
    if "merge" not in schema.get("x-kubernetes-patch-strategy", ""):
        return patch
    key = schema.get("x-kubernetes-patch-merge-key")
    if key and not all(isinstance(each, dict) and isinstance(each.get(key, ""), str | int) for each in patch):
        raise bad_request(f"the patch cannot be applied: each item of the list needs a {key}")
    if key is None:
        return items + [each for each in patch if each not in items]
    if {"$patch": "replace"} in patch:
        return [each for each in patch if each != {"$patch": "replace"}]
    merged = {each.get(key): each for each in items}
    for each in patch:
        name = each.get(key)
        if each.get("$patch") == "delete":
            merged.pop(name, None)
        else:
            merged[name] = strategic_merge_patch(schemas, schema["items"], merged.get(name), each)
    return list(merged.values())


def _ordered(items: list[Json], order: list[Json], schema: Json) -> list[Json]:
    """Return the items in a given order; those that it does not name keep their places after those before them."""
    key = schema.get("x-kubernetes-patch-merge-key")
    names = [each.get(key) if key and isinstance(each, dict) else each for each in order]
    place = -1
    ranks: list[int] = []
    for each in items:
        name = each.get(key) if key else each
        place = names.index(name) if name in names else place
        ranks.append(place)
    return [each for _, each in sorted(zip(ranks, items, strict=True), key=lambda pair: pair[0])]


def apply_patch(schemas: Schemas, schema: Json, item: Json, applied: Json, configuration: Json) -> Json:
    """Return an object after a server-side apply (page "Server-Side Apply" of Kubernetes).

    Args:
        schemas: of the cluster.
        schema: of the object.
        item: object as it is.
        applied: what the same field manager applied before; what it leaves out now goes.
        configuration: what it applies now.
    """
    if isinstance(configuration, list):
        return _apply_list(schemas, schema, item, applied, configuration)
    if not isinstance(configuration, dict):
        return configuration
    schema = schemas.resolve(schema)
    before = applied if isinstance(applied, dict) else {}
    merged = {name: value for name, value in (item or {}).items() if name in configuration or name not in before}
    for name, value in configuration.items():
        inner = _property(schema, name)
        merged[name] = apply_patch(schemas, inner, merged.get(name), before.get(name), value)
    return merged


def _apply_list(schemas: Schemas, schema: Json, items: Json, applied: Json, configuration: list[Json]) -> list[Json]:
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    if not keys and schema.get("x-kubernetes-list-type") != "set":
        return configuration

    def name(each: Json) -> Json:
        return tuple(each.get(key) for key in keys) if keys else each

    before = {name(each): each for each in applied or ()}
    wanted = {name(each): each for each in configuration}
    merged = {name(each): each for each in items or () if name(each) in wanted or name(each) not in before}
    inner = schema.get("items", {})
    for key, each in wanted.items():
        merged[key] = apply_patch(schemas, inner, merged.get(key), before.get(key), each)
    return list(merged.values())

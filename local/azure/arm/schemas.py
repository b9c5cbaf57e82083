"""Schemas of resources: properties that a provider does not keep from a request, and checks of what a request has."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from local.azure.arm.data import SCHEMAS, Kind
from local.azure.arm.errors import Refusal

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


@cache
def _schemas() -> Mapping[str, Mapping[str, Any]]:
    """Return the schema of each kind: its model, and all models of its package."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(SCHEMAS.glob("*.json")):
        content = json.loads(path.read_text())
        for kind, model in content["kinds"].items():
            found[kind] = {"row": {"model": model}, "models": content["models"]}
    return found


def kept(kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body without what is null, and without the properties that only one side sets.

    The provider alone sets those that are read; a password and a ``createMode`` are only ever sent.
    """
    schema = _schemas().get(kind.key)
    cleaned: dict[str, Any] = _cleaned(schema["row"], body, schema["models"]) if schema else _without_null(body)
    return {key: value for key, value in cleaned.items() if key not in {"id", "name", "type", "etag", "systemData"}}


def check(kind: Kind, body: Mapping[str, Any]) -> None:
    """Refuse a body whose values are of other types than the schema has.

    Raises:
        Refusal: in Resource Manager's words.
    """
    schema = _schemas().get(kind.key)
    for fault in _faults(schema["row"], body, schema["models"], "") if schema else ():
        raise Refusal(400, "InvalidRequestFormat", f"Cannot parse the request. {fault}")


def _cleaned(row: Mapping[str, Any], value: Any, models: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_cleaned(row.get("items", {}), each, models) for each in value]
    if not isinstance(value, Mapping):
        return value
    model = models.get(row.get("model", ""))
    if model is None:
        return _without_null(value)
    return {
        key: _cleaned(model.get(key, {}), below, models)
        for key, below in value.items()
        if below is not None and not model.get(key, {}).keys() & {"readOnly", "writeOnly"}
    }


def _without_null(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_null(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _without_null(below) for key, below in value.items() if below is not None}
    return value


def _faults(row: Mapping[str, Any], value: Any, models: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield what is wrong with a value, outermost first."""
    if value is None or row.get("readOnly"):
        return
    if "items" in row:
        if not isinstance(value, list):
            yield f"The value of '{path}' is not an array."
            return
        for number, each in enumerate(value):
            yield from _faults(row["items"], each, models, f"{path}[{number}]")
    elif "values" in row or "model" in row:
        yield from _faults_of_object(row, value, models, path)
    else:
        yield from _faults_of_text(row, value, path)


def _faults_of_object(row: Mapping[str, Any], value: Any, models: Mapping[str, Any], path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"The value of '{path or 'the body'}' is not an object."
        return
    model = models.get(row.get("model", ""))
    for key, below in value.items():
        inner = row["values"] if "values" in row else (model or {}).get(key)
        place = f"{path}.{key}".lstrip(".")
        if inner is not None:
            yield from _faults(inner, below, models, place)
        elif model is not None and key not in _COMMON:
            yield f"Could not find member '{key}' on object of type '{row['model']}'. Path '{place}'."


def _faults_of_text(row: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
    """Yield what is wrong with a text, a number or a boolean; Python counts a boolean as a number."""
    allowed = _TYPES.get(row.get("type", ""), ())
    if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)):
        yield f"Error converting value {json.dumps(value)} to type '{row['type']}'. Path '{path}'."
    elif value and "enum" in row and value.lower() not in {each.lower() for each in row["enum"]}:  # empty is unset
        yield f"Error converting value {json.dumps(value)} to one of {', '.join(row['enum'])}. Path '{path}'."


# Of every resource, whether or not a model has them.
_COMMON = frozenset(
    {"etag", "extendedLocation", "id", "identity", "location", "name", "systemData", "tags", "type", "zones"}
)

"""Schemas of objects: of Kubernetes' own from kubernetes-validate, of custom resources from their definitions.

One walk over an object drops fields that its schema does not have, sets defaults, and collects what is wrong.
"""

import importlib.util
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from assembly.values import Json
from local.kubernetes.errors import Cause
from local.kubernetes.kinds import Kind
from local.kubernetes.quantities import canonical

_REFERENCE = "#/$defs/"
_METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_PREFIX = "io.k8s."
_DEFAULTS: Mapping[str, Mapping[str, Json]] = yaml.safe_load(Path(__file__).with_name("defaults.yaml").read_text())
_CONSTRAINTS: Mapping[str, Mapping[str, Json]] = yaml.safe_load(
    Path(__file__).with_name("constraints.yaml").read_text()
)
_INDEX = re.compile(r"\[\d+]")
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}
_JSON_NAMES = {str: "string", int: "number", float: "number", bool: "bool", dict: "object", list: "array"}


@dataclass
class Faults:
    """Faults of an object.

    Attributes:
        unknown: paths of fields that the schema does not have.
        undecodable: values of a type that the API server's decoder refuses before it looks at anything else.
        causes: all others.
    """

    unknown: list[str] = field(default_factory=list)
    undecodable: list[str] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)


class Schemas:
    """Schemas of a release of Kubernetes.

    Attributes:
        definitions: by name, such as ``io.k8s.api.core.v1.Pod``.
    """

    def __init__(self, release: str) -> None:
        """Read the schemas of a release, such as ``1.35``."""
        self.definitions: Mapping[str, Json] = json.loads(_file(release).read_text())["$defs"]
        for name, fields in _CONSTRAINTS.items():
            for each, constraint in fields.items():
                self.definitions[_PREFIX + name]["properties"][each] |= constraint
        self._names = {
            (each["group"], each["version"], each["kind"]): name
            for name, definition in self.definitions.items()
            for each in definition.get("x-kubernetes-group-version-kind", ())
        }

    def of(self, kind: Kind) -> Json:
        """Return the schema of a kind; one that takes all fields where a definition has none."""
        if kind.definition is None:
            return {"$ref": _REFERENCE + self._names[kind.group, kind.version, kind.name]}
        schema = kind.definition.get("schema", {}).get(
            "openAPIV3Schema", {"x-kubernetes-preserve-unknown-fields": True}
        )
        text = {"type": "string"}
        own = {"apiVersion": text, "kind": text, "metadata": {"$ref": _REFERENCE + _METADATA}}
        return schema | {"properties": schema.get("properties", {}) | own}

    def resolve(self, schema: Json) -> Json:
        """Return the schema that a reference names, else the schema itself."""
        return self.definitions[schema["$ref"].removeprefix(_REFERENCE)] | schema if "$ref" in schema else schema

    def clean(self, kind: Kind, item: Json) -> tuple[Json, Faults]:
        """Return a copy of an object without unknown fields and nulls and with its defaults, and its faults."""
        walk = _Walk(self, kind)
        return walk.value(self.of(kind), item, ""), walk.faults


class _Walk:
    def __init__(self, schemas: Schemas, kind: Kind) -> None:
        self._schemas = schemas
        self._kind = kind
        self.faults = Faults()

    def value(self, schema: Json, value: Json, path: str) -> Json:
        reference = schema.get("$ref", "").removeprefix(_REFERENCE)
        schema = self._schemas.resolve(schema)
        if not self._typed(schema, value, path):
            return value
        if reference == _QUANTITY:
            return self._quantity(value, path)
        if isinstance(value, dict):
            return self._object(schema, {**_DEFAULTS.get(reference.removeprefix(_PREFIX), {}), **value}, path)
        if isinstance(value, list):
            items = schema.get("items", {})
            if None in value and items and not items.get("nullable"):
                self.faults.undecodable.append(f"{path}: a list holds null")
            return [self.value(items, item, f"{path}[{index}]") for index, item in enumerate(value)]
        if value is not None:
            self._bounded(schema, value, path)
        return value

    def _object(self, schema: Json, value: Json, path: str) -> Json:
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties", {})
        # A definition of Kubernetes' own without properties, such as RawExtension, takes any.
        keeps = schema.get("x-kubernetes-preserve-unknown-fields") or not (properties or self._is_custom(path))
        defaults = {name: each["default"] for name, each in properties.items() if "default" in each}
        given = {
            name: item for name, item in value.items() if item is not None or properties.get(name, {}).get("nullable")
        }
        result = {}
        for name, item in (defaults | given).items():
            place = f"{path}.{name}" if path else name
            inner = properties.get(name) or (others if isinstance(others, dict) else {})
            if inner:
                result[name] = self.value(inner, item, place)
            elif keeps or others is True:
                result[name] = item
            else:
                self.faults.unknown.append(place)
        for name in schema.get("required", ()):
            if name not in result:
                self._cause("Required", f"{path}.{name}" if path else name, "Required value")
        return result

    def _is_custom(self, path: str) -> bool:
        return self._kind.definition is not None and not path.startswith("metadata")

    def _typed(self, schema: Json, value: Json, path: str) -> bool:
        """Return whether a value has a type that its schema allows; note it otherwise."""
        if schema.get("x-kubernetes-int-or-string"):
            names = ["string", "integer"]
        else:
            options = schema.get("oneOf", ()) if self._kind.definition is None or "type" not in schema else ()
            given = [schema.get("type"), *(each.get("type") for each in options)]
            names = [name for each in given if each for name in ([each] if isinstance(each, str) else each)]
        if not names or any(_is(value, name) for name in names) or (value is None and schema.get("nullable")):
            return True
        wanted = next(name for name in names if name != "null")
        if self._is_custom(path):
            actual = _JSON_NAMES.get(type(value), "null")
            self._cause(
                "TypeInvalid",
                path,
                f'Invalid value: "{actual}": {path} in body must be of type {wanted}: "{actual}"',
            )
        else:
            go = {"integer": schema.get("format", "int32"), "boolean": "bool"}.get(wanted, wanted)
            place = _INDEX.sub("", path)
            self.faults.undecodable.append(
                f"json: cannot unmarshal {_JSON_NAMES.get(type(value), 'null')} into Go struct field "
                f"{self._kind.name}.{place} of type {go}"
            )
        return False

    def _quantity(self, value: Json, path: str) -> Json:
        try:
            return canonical(str(value))
        except ValueError as error:
            self.faults.undecodable.append(f"{path}: {error}")
            return value

    def _bounded(self, schema: Json, value: Json, path: str) -> None:
        """Check the allowed values and the bounds of a scalar."""
        if value not in schema.get("enum", [value]):
            supported = ", ".join(json.dumps(each) for each in schema["enum"])
            self._cause("NotSupported", path, f"Unsupported value: {json.dumps(value)}: supported values: {supported}")
        elif problem := _out_of_bounds(schema, value):
            must = f"{path} in body should" if self._is_custom(path) else "must"
            self._cause("Invalid", path, f"Invalid value: {json.dumps(value)}: {must} {problem}")

    def _cause(self, reason: str, path: str, message: str) -> None:
        self.faults.causes.append(Cause(reason=f"FieldValue{reason}", field=path, message=message))


def _out_of_bounds(schema: Json, value: Json) -> str:
    """Return the rule of a schema that a scalar breaks; empty where it breaks none."""
    if isinstance(value, str):
        if not re.search(schema.get("pattern", ""), value):
            return f"match '{schema['pattern']}'"
        if len(value) < schema.get("minLength", 0):
            return f"be at least {schema['minLength']} chars long"
        if len(value) > schema.get("maxLength", len(value)):
            return f"be at most {schema['maxLength']} chars long"
    elif value < schema.get("minimum", value):
        return f"be greater than or equal to {schema['minimum']}"
    elif value > schema.get("maximum", value):
        return f"be less than or equal to {schema['maximum']}"
    return ""


def _is(value: Json, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name]) or (name == "integer" and isinstance(value, float) and value.is_integer())


def _file(release: str) -> Path:
    package = importlib.util.find_spec("kubernetes_validate")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("kubernetes-validate is not installed; it carries the schemas of Kubernetes")
    folder = Path(package.origin).parent / "kubernetes-json-schema" / f"v{release}.0-local-strict"
    return folder / "_definitions.json"

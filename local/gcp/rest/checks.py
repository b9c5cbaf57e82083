"""Checks of a request against the discovery document: each is a small function of one value and its schema."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assembly.values import Json
from local.gcp.rest.discovery import Document, Method
from local.gcp.rest.errors import Refusal, Violation

# "System parameters", Google Cloud APIs; userProject is Cloud Storage's name of quotaUser's project.
SYSTEM_PARAMETERS = frozenset({
    "$.xgafv", "$alt", "$prettyPrint", "access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint",
    "quotaUser", "uploadType", "upload_protocol", "userIp", "userProject",
})  # fmt: skip
_INTEGERS = {"int32": (-(2**31), 2**31), "uint32": (0, 2**32), "int64": (-(2**63), 2**63), "uint64": (0, 2**64)}
_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
# "JSON mapping", protocol buffers: a number or a text that is one
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?|NaN|-?Infinity")
_MASK = "google-fieldmask"
_SNAKE = re.compile(r"_([a-z0-9])")


@dataclass(frozen=True)
class Value:
    """A value of a body.

    Attributes:
        document: of the method.
        method: that the body belongs to.
        path: of the value.
        schema: of the value.
        content: the value.
    """

    document: Document
    method: Method
    path: str
    schema: Mapping[str, Any]
    content: Json


Check = Callable[[Value], Iterator[Violation]]


def check(method: Method, query: Mapping[str, str], body: Json) -> None:
    """Refuse a request that its method does not allow.

    Raises:
        Refusal: with all that is wrong.
    """
    found = list(_check_query(method, query))
    if method.request is None:
        if body:
            found.append(Violation("", 'Invalid JSON payload received. Unknown name "": Root element must be absent.'))
    else:
        root = Value(method.document, method, "", method.request, {} if body is None else body)
        found += [violation for value in walk(root) for each in CHECKS for violation in each(value)]
    if found:
        message = "\n".join(violation.description for violation in found)
        raise Refusal("INVALID_ARGUMENT", message, violations=found)


def _check_query(method: Method, query: Mapping[str, str]) -> Iterator[Violation]:
    for name, content in query.items():
        # A field of the body may stand in the query: Terraform's provider sends Pub/Sub its mask so.
        row = method.parameters.get(camel(name)) or (method.request or {}).get("properties", {}).get(camel(name))
        if row is None:
            if name not in SYSTEM_PARAMETERS:
                text = f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
                yield Violation(name, f"{text} Field '{name}' could not be found in request message.")
        elif not row.get("repeated"):
            typed: Json = {"true": True, "false": False}.get(content) if row["type"] == "boolean" else content
            value = Value(method.document, method, name, row, content if typed is None else typed)
            yield from (violation for each in (check_type, check_enum, check_mask) for violation in each(value))
    for name, row in method.parameters.items():
        if row.get("required") and name not in {camel(given) for given in query}:
            yield Violation(name, f"Required parameter is missing: {name}")


def walk(value: Value) -> Iterator[Value]:
    """Yield a value and all below it that its schema knows; null is the same as absent."""
    yield value
    content, schema = value.content, value.schema
    if isinstance(content, Mapping):
        for key, below in content.items():
            known = find_property(schema, key)
            if known is not None and below is not None:
                path = f"{value.path}.{key}" if value.path else key
                yield from walk(Value(value.document, value.method, path, value.document.resolve(known), below))
    elif isinstance(content, list) and "items" in schema:
        items = value.document.resolve(schema["items"])
        for at, below in enumerate(content):
            yield from walk(Value(value.document, value.method, f"{value.path}[{at}]", items, below))


def find_property(schema: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    """Return the schema of a field, by its name in JSON or in protocol buffers."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    found: Mapping[str, Any] | None = properties.get(key) or properties.get(camel(key))
    return found if found is not None else schema.get("additionalProperties")


def camel(name: str) -> str:
    """Return the name in JSON of a field of protocol buffers."""
    return _SNAKE.sub(lambda found: found[1].upper(), name)


def check_type(value: Value) -> Iterator[Violation]:
    """Yield where the value has another type than its field."""
    if "enum" not in value.schema and not _fits(value.schema, value.content):
        yield Violation(
            value.path, f"Invalid value at '{value.path}' ({_type_name(value.schema)}), {_quoted(value.content)}"
        )


def check_enum(value: Value) -> Iterator[Violation]:
    """Yield where the value is none of its enumeration.

    Compute Engine takes an empty one for none: Terraform's provider sends it of backend buckets.
    """
    schema, content = value.schema, value.content
    if "enum" not in schema or isinstance(content, list) or content in schema["enum"]:
        return
    if content or value.method.kind.form != "compute":
        yield Violation(value.path, f"Invalid value at '{value.path}' (TYPE_ENUM), {_quoted(content)}")


def check_names(value: Value) -> Iterator[Violation]:
    """Yield the fields that the schema does not know."""
    if not isinstance(value.content, Mapping) or value.schema.get("type") != "object":
        return
    for key, below in value.content.items():
        # Objects of any type say which ("Any", protocol buffers).
        known = find_property(value.schema, key) or (key == "@type" and not value.schema.get("properties"))
        if below is not None and not known:
            where = f" at '{value.path}'" if value.path else ""
            text = f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.'
            yield Violation(value.path, text)


def check_required(value: Value) -> Iterator[Violation]:
    """Yield the fields that the method requires and the value lacks.

    Only where the whole resource is sent: a patch names what it changes. A resource's own name stands in the path, or
    is asked for where the resource is made.
    """
    if value.method.verb == "PATCH" or not isinstance(value.content, Mapping):
        return
    for key, row in value.schema.get("properties", {}).items():
        path = f"{value.path}.{key}" if value.path else key
        plain, kind = re.sub(r"\[\d+\]", "", path), value.method.kind
        of_new = value.method.verb == "POST" and plain in kind.required
        of_any = _is_required(row, value.method) and not row.get("readOnly") and plain not in ("name", *kind.optional)
        if (of_new or of_any) and not _has(value.content, key):
            yield Violation(path, f"Required field '{path}' not specified")


def check_pattern(value: Value) -> Iterator[Violation]:
    """Yield where the value does not have the form that the document describes."""
    pattern = value.schema.get("pattern")
    if pattern and isinstance(value.content, str) and value.content and not re.fullmatch(pattern, value.content):
        text = f"Invalid value for field '{value.path}': '{value.content}'. Must be a match of regex '{pattern}'"
        yield Violation(value.path, text)


def check_mask(value: Value) -> Iterator[Violation]:
    """Yield the fields in a mask that the resource does not have."""
    request = value.method.request
    if value.schema.get("format") != _MASK or not isinstance(value.content, str) or request is None:
        return
    wraps = any(row.get("format") == _MASK for row in request["properties"].values())
    resources = [row for row in request["properties"].values() if "$ref" in row] if wraps else [request]
    for field in filter(None, value.content.split(",")):
        if field != "*" and not any(_has_field(value.document, row, field.strip().split(".")) for row in resources):
            text = f"Invalid value at '{value.path}' (type.googleapis.com/google.protobuf.FieldMask), Field '{field}'"
            yield Violation(value.path, f"{text} could not be found in request message.")


def _has_field(document: Document, schema: Mapping[str, Any], path: Sequence[str]) -> bool:
    if not path:
        return True
    found = find_property(document.resolve(schema), path[0])
    return found is not None and _has_field(document, found, path[1:])


CHECKS: tuple[Check, ...] = (check_type, check_enum, check_names, check_required, check_pattern, check_mask)


def clean(document: Document, schema: Mapping[str, Any], content: Json, *, nulls: bool = False) -> Json:
    """Return a body as an API keeps it: without output-only values, with the names of JSON.

    An output-only value in a request is ignored ("Output only", AIP-203).

    Args:
        document: of the schema.
        schema: of the body.
        content: the body.
        nulls: they stay: in a change they remove a field.
    """
    schema = document.resolve(schema)
    if isinstance(content, Mapping):
        kept = {}
        for key, below in content.items():
            known = find_property(schema, key)
            if known is None or (below is None and not nulls) or known.get("readOnly"):
                continue
            name = key if key in schema.get("properties", {}) or "additionalProperties" in schema else camel(key)
            kept[name] = clean(document, known, below, nulls=nulls)
        return kept
    if isinstance(content, list):
        return [clean(document, schema.get("items", {}), below, nulls=nulls) for below in content]
    # A whole number of 64 bits is a string in JSON ("JSON mapping", protocol buffers).
    if schema.get("format") in ("int64", "uint64") and isinstance(content, int):
        return str(content)
    if schema.get("type") == "integer" and isinstance(content, str):
        return int(content)
    return content


def _is_required(row: Mapping[str, Any], method: Method) -> bool:
    required = row.get("required", False)
    return method.id in required if isinstance(required, list) else bool(required)


def _has(content: Mapping[str, Any], key: str) -> bool:
    return any(camel(given) == key and below is not None for given, below in content.items())


def _fits(schema: Mapping[str, Any], content: Json) -> bool:
    match schema.get("type"):
        case "object":
            return isinstance(content, Mapping)
        case "array":
            return isinstance(content, list)
        case "boolean":
            return isinstance(content, bool)
        case "integer":
            return _is_integer(content, schema.get("format", "int32"))
        case "number":
            return not isinstance(content, bool) and bool(_NUMBER.fullmatch(str(content)))
        case "string":
            return _is_string(content, schema.get("format", ""))
        case _:
            return True


def _is_integer(content: Json, form: str) -> bool:
    if isinstance(content, bool) or not isinstance(content, int | str) or not re.fullmatch(r"-?\d+", str(content)):
        return False
    least, end = _INTEGERS[form]
    return least <= int(content) < end


def _is_string(content: Json, form: str) -> bool:
    if form in _INTEGERS:
        return _is_integer(content, form)
    if not isinstance(content, str):
        return False
    match form:
        case "google-duration":
            return bool(_DURATION.fullmatch(content))
        case "google-datetime" | "date-time":
            return bool(_TIME.fullmatch(content))
        case "byte":
            return _is_base64(content)
        case _:
            return True


def _is_base64(content: str) -> bool:
    try:
        base64.b64decode(content.replace("-", "+").replace("_", "/") + "=" * (-len(content) % 4), validate=True)
    except binascii.Error:
        return False
    return True


def _type_name(schema: Mapping[str, Any]) -> str:
    return f"TYPE_{schema.get('format') or schema.get('type')}".replace("google-", "").upper()


def _quoted(content: Json) -> str:
    return f'"{content}"' if isinstance(content, str) else str(content)

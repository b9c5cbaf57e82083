"""A template's properties, in the shape that a service's API takes.

CloudFormation and the APIs it calls are generated from the same models: the names agree up to the case of their letters
(``PortMappings`` and ``portMappings``, ``Id`` and ``ID``), the structure nearly always, the scalars not (a template may
write ``"443"`` and ``"true"``). So the API's own model, which botocore carries, says how to convert; the few names that
differ are the caller's table.
"""

import json
from collections.abc import Mapping
from typing import Any

from local.emulator.schemas import Properties


def to_request(properties: Properties, shape: Any, renamed: Mapping[str, str] | None = None) -> Properties:
    """Convert properties to the members of a shape.

    Args:
        properties: what the template says.
        shape: botocore's shape of the request, or of a structure inside one.
        renamed: the API's name of each property that it calls otherwise, at any depth.

    Returns:
        The request. A property that the shape has no member for is left out: it belongs to another call.
    """
    members = {name.lower(): name for name in shape.members}
    request = {}
    for key, value in properties.items():
        name = (renamed or {}).get(key, key).lower()
        member = members.get(name) or members.get(f"tag{name}")  # older services spell a tag TagKey, TagValue
        if member:
            request[member] = _convert(value, shape.members[member], renamed)
    return request


def _convert(value: Any, shape: Any, renamed: Mapping[str, str] | None) -> Any:
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            return to_request(value, shape, renamed)
        case "list":
            return [_convert(item, shape.member, renamed) for item in (value if isinstance(value, list) else [value])]
        case "map":
            pairs = value.items() if isinstance(value, dict) else ((tag["Key"], tag["Value"]) for tag in value)
            return {str(key): _convert(item, shape.value, renamed) for key, item in pairs}
        case "boolean":
            return str(value).lower() == "true"
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "string":
            return _text(value)
        case "blob" if isinstance(value, dict | list):
            return _text(value)
        case _:
            return value


def _text(value: Any) -> str:
    """A scalar as AWS writes it. A policy document is an object in a template and text in a request."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)

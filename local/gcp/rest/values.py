"""Values of resources: changes by masks."""

import json
from collections.abc import Mapping
from typing import Any

from local.gcp.rest.checks import camel
from local.proxy.values import merge


def apply_mask(value: Mapping[str, Any], body: Mapping[str, Any], mask: str) -> dict[str, Any]:
    """Return a value with the fields that a mask names taken from a body, and without those that it lacks."""
    changed: dict[str, Any] = json.loads(json.dumps(value))
    if mask == "*":
        return dict(merge({}, body))
    for path in mask.split(","):
        _apply(changed, body, [camel(part) for part in path.strip().split(".")])
    return changed


def _apply(value: dict[str, Any], body: Mapping[str, Any], path: list[str]) -> None:
    key, *rest = path
    if rest:
        _apply(value.setdefault(key, {}), body.get(key) or {}, rest)
    elif body.get(key) is not None:
        value[key] = merge(None, body[key])
    else:
        value.pop(key, None)

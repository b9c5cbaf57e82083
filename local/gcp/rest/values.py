"""Values of resources: defaults, changes and masks."""

import json
from collections.abc import Mapping
from typing import Any

from local.gcp.rest.checks import camel


def merge(value: Any, change: Any) -> Any:
    """Return a value with a change merged into it ("JSON Merge Patch", RFC 7396).

    Objects change by their keys, of which null removes one; everything else is replaced.
    """
    if not isinstance(change, Mapping):
        return change
    changed = {**value} if isinstance(value, Mapping) else {}
    changed |= {key: merge(changed.get(key), below) for key, below in change.items()}
    return {key: below for key, below in changed.items() if below is not None}


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

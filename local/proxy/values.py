"""Values of resources: defaults, and changes that are merged."""

from collections.abc import Mapping
from typing import Any


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

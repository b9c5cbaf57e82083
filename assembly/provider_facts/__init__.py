"""Excerpts of the providers' schemas: arguments that replace a resource, required ones, and accepted values.

``facts/<provider>.json`` holds the rows, with the version and the commit that they were read from.
``make provider-facts FROM=<folder>`` takes the rows of the types in use from a folder of complete facts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class TypeSchema:
    """The schema of a resource type. Paths are argument names without indexes: ``settings.ip_configuration.ssl_mode``.

    Attributes:
        force_new: a change of any of these replaces the resource.
        conditional: a change of any of these may replace it.
        required: must be there; a nested one only where its parent is.
        enums: the only values that are accepted.
        enums_ignore_case: of these, the case does not matter.
        force_new_computed: of ``force_new``, leaving the value out changes nothing.
    """

    force_new: frozenset[str] = frozenset()
    conditional: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    enums_ignore_case: frozenset[str] = frozenset()
    force_new_computed: frozenset[str] = frozenset()


@cache
def providers() -> Mapping[str, str]:
    """Return the version of each provider that its schema was read from."""
    return {path.stem: json.loads(path.read_text())["version"] for path in sorted(FOLDER.glob("*.json"))}


def type_schema(kind: str) -> TypeSchema | None:
    """Return the schema of a resource type; None where none is kept."""
    row = _rows().get(kind)
    if row is None:
        return None
    return TypeSchema(
        **{
            key: frozenset(row.get(key, ()))
            for key in ("force_new", "conditional", "required", "enums_ignore_case", "force_new_computed")
        },
        enums={path: tuple(values) for path, values in row.get("enums", {}).items()},
    )


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    rows: dict[str, Mapping[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.json")):
        rows |= json.loads(path.read_text())["types"]
    return rows

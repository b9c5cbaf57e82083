"""Excerpts of what the providers know: arguments that replace a resource, required ones, and accepted values.

``<provider>.json`` holds the rows, with the version and the commit that they were read from: the schema of each type in
use, and under ``rules`` what the provider's code accepts of each argument in use.
``make provider-facts FROM=<folder>`` takes them from a folder of complete facts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_PATHS = (
    "force_new",
    "conditional",
    "required",
    "enums_ignore_case",
    "computed",
    "optional_computed",
    "suppressed",
)
Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Rules:
    """Rules of a provider's code for an argument, beyond its type.

    Other arguments are named as the provider does, with indexes: ``settings.0.tier``.

    Attributes:
        length: least and most bytes; None where there is no bound.
        range: least and most, of a number; None where there is no bound.
        items: least and most, of a list or of blocks; None where there is no bound.
        pattern: regular expressions that it must match, all of them.
        form: ``cidr`` or ``json``, which no expression describes.
        conflicts_with: must not be there together with it.
        exactly_one_of: one of these must be there, and no more.
        at_least_one_of: one or more of these must be there.
        required_with: must be there, too.
        secret: its value must not be shown.
        checked: where it was read by hand in the provider's source; empty where a program read it.
    """

    length: Bounds | None = None
    range: Bounds | None = None
    items: Bounds | None = None
    pattern: tuple[str, ...] = ()
    form: str = ""
    conflicts_with: tuple[str, ...] = ()
    exactly_one_of: tuple[str, ...] = ()
    at_least_one_of: tuple[str, ...] = ()
    required_with: tuple[str, ...] = ()
    secret: bool = False
    checked: str = ""


@dataclass(frozen=True)
class TypeSchema:
    """The schema of a resource type. Paths are argument names without indexes: ``settings.ip_configuration.ssl_mode``.

    Attributes:
        force_new: a change of any of these replaces the resource.
        conditional: a change of any of these may replace it.
        required: must be there; a nested one only where its parent is.
        enums: the only values that are accepted.
        enums_ignore_case: of these, the case does not matter.
        computed: read only: of a resource that is replaced they are unknown until the apply.
        optional_computed: may be set; a value that is taken out stays as it is.
        defaults: what holds where the argument is not written.
        suppressed: some changes of the text change nothing.
        rules: what else is accepted, by path.
    """

    force_new: frozenset[str] = frozenset()
    conditional: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    enums_ignore_case: frozenset[str] = frozenset()
    computed: frozenset[str] = frozenset()
    optional_computed: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    suppressed: frozenset[str] = frozenset()
    rules: Mapping[str, Rules] = field(default_factory=dict)


@cache
def providers() -> Mapping[str, str]:
    """Return the version of each provider that its schema was read from."""
    return {path.stem: json.loads(path.read_text())["version"] for path in sorted(FOLDER.glob("*.json"))}


@cache
def type_schema(kind: str) -> TypeSchema | None:
    """Return the schema of a resource type; None where none is kept."""
    row = _rows().get(kind)
    if row is None:
        return None
    return TypeSchema(
        **{key: frozenset(row.get(key, ())) for key in _PATHS},
        defaults=row.get("defaults", {}),
        enums={path: tuple(map(str, values)) for path, values in row.get("enums", {}).items()},
        rules={
            path: Rules(**{key: _frozen(value) for key, value in rules.items()})
            for path, rules in row.get("rules", {}).items()
        },
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    rows: dict[str, Mapping[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.json")):
        rows |= json.loads(path.read_text())["types"]
    return rows

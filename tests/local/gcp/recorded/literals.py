"""Literals of today's stacks that recorded requests carry, and the arguments that stacks have."""

import copy
import json
from collections.abc import Iterator, Mapping
from typing import Any

from assembly.values import Json
from tests.local.gcp.recorded.values import Path

# Arguments whose keys a person writes: they are data, and no arguments.
MAPS = frozenset({
    "annotations", "data", "labels", "match_labels", "node_selector", "requests", "limits", "resource_labels",
    "selector", "substitutions", "user_env_vars", "user_labels",
})  # fmt: skip
# Terraform's own arguments of a resource.
_META = frozenset({"//", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"})


def arguments(body: Json, prefix: str = "") -> Iterator[str]:
    """Yield the arguments of a resource: ``settings.backup_configuration.enabled``."""
    for key, value in body.items():
        if key in _META and not prefix:
            continue
        path = f"{prefix}{key}"
        yield path
        if key in MAPS:
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from arguments(item, f"{path}.")


def opened(body: Json) -> dict[str, Any]:
    """Return a resource's own arguments with the texts that are documents of JSON opened."""
    return {key: _opened(value) for key, value in body.items() if key not in _META}


def _opened(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _opened(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_opened(below) for below in value]
    if isinstance(value, str) and value.startswith("{") and not value.startswith("{{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return copy.copy(value)


def literal(stacks: Mapping[str, Mapping[str, Any]], stack: str, resource: str, path: Path) -> Json:
    """Return an argument of a resource of today.

    Raises:
        LookupError: there is no such resource, or it lacks the argument, or the argument is none of the text now.
    """
    kind, _, name = resource.partition(".")
    value: Json = opened(stacks[stack]["resource"][kind][name])
    for key in path:
        if isinstance(key, int) and isinstance(value, dict):
            if key:
                raise LookupError(path)
            continue  # a block of one may stand without its list
        try:
            value = value[key]
        except TypeError:
            raise LookupError(path) from None
    return value

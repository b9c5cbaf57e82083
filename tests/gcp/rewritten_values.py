"""Checks of values that an API gives back in another form, which shows as a change in every plan.

The values are in ``rewritten_values.yaml``; what has no fixed path or value is a function here.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from assembly.values import Json, leaves_with_paths
from tests.gcp.terraform import Resource, Stack

REWRITTEN: list[dict[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
_ANY = "any"
_QUANTITY = re.compile(r"(\d+)(m|Ki|Mi)")
# Kubernetes gives back the largest unit without a fraction ("Quantity", Kubernetes API reference).
_LARGER_UNIT = {"m": 1000, "Ki": 1024, "Mi": 1024}


def rewritten(stack: Stack) -> list[str]:
    """Name the values of a stack that its APIs give back otherwise."""
    return [breach for resource in stack.resources() for breach in _breaches(resource)]


def _breaches(resource: Resource) -> Iterator[str]:
    ignored = {re.sub(r"\[\d+\]", "", path) for path in resource.body.get("lifecycle", {}).get("ignore_changes", [])}
    for path, value in leaves_with_paths(resource.body):
        for row in REWRITTEN:
            same = (row["type"], row["path"]) == (resource.type, path) and row["written"] in {value, _ANY}
            if same and path not in ignored:
                yield f"{resource}: {path}: {value} comes back as {row['answered']}"
        if resource.type.startswith("kubernetes_") and _not_canonical(path, value):
            yield f"{resource}: {path}: {value} comes back in a larger unit"
        if path.endswith("_json") and isinstance(value, str) and value.startswith("{"):
            # The provider keeps what only the configuration has (terraform-provider-google issue 16173).
            yield from (f"{resource}: {path}: {inner} comes back as nothing" for inner in _empty(json.loads(value)))


def _not_canonical(path: str, value: Json) -> bool:
    if not re.search(r"\.(limits|requests)\.", path) or not (found := _QUANTITY.fullmatch(str(value))):
        return False
    return int(found[1]) % _LARGER_UNIT[found[2]] == 0


def _empty(value: Json, path: str = "") -> Iterator[str]:
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from _empty(item, f"{path}.{key}" if path else key)
        case list() if value:
            for item in value:
                yield from _empty(item, path)
        case _ if not value:
            yield path

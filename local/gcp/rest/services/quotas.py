"""Quotas of Compute Engine: limits as data, usage counted among the resources."""

from collections.abc import Mapping
from functools import cache, reduce
from pathlib import Path
from typing import Any

import yaml

from assembly.values import Json
from local.gcp.rest.calls import Call

_FILE = Path(__file__).with_name("quotas.yaml")


def quotas(call: Call, scope: str) -> list[Json]:
    """Return the quotas of the project, or of the region, that a call is about."""
    return [
        {"limit": float(row["limit"]), "metric": metric, "usage": float(_usage(call, row))}
        for metric, row in _limits()[scope].items()
    ]


@cache
def _limits() -> Mapping[str, Mapping[str, Any]]:
    limits: Mapping[str, Mapping[str, Any]] = yaml.safe_load(_FILE.read_text())
    return limits


def _usage(call: Call, row: Mapping[str, Any]) -> int:
    if "collection" not in row:
        return 0  # nothing runs
    stored = call.documents.list(f"{call.name}/global/{row['collection']}/").values()
    found = [each["body"] for each in stored]
    for key, wanted in row.get("only", {}).items():
        # External is what an address is where nothing is said ("addressType", Compute Engine API).
        found = [body for body in found if body.get(key, "EXTERNAL") == wanted]
    if "items" not in row:
        return len(found)
    items, path = row["items"]
    return sum(_has(item, path) for body in found for item in body.get(items, ()))


def _has(item: Json, path: str) -> bool:
    return reduce(lambda value, key: (value or {}).get(key), path.split("."), item) is not None

"""Quotas of Compute Engine: limits as data, usage counted among the resources."""

from collections.abc import Iterator, Mapping
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


def exceeded(call: Call, body: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the quotas, each with its limit, that a project would exceed with a resource that is made or changed."""
    collection = call.name.split("/")[-2]
    others = call.at("/".join(call.name.split("/")[:2]))
    for metric, row in _limits()["project"].items():
        units = _units(row, body)
        if row.get("collection") == collection and units:
            before = _units(row, (call.documents.get(call.name) or {"body": {}})["body"]) if "items" in row else 0
            new = units if call.documents.get(call.name) is None or "items" in row else 0
            if _usage(others, row) - before + new > row["limit"]:
                yield metric, float(row["limit"])


@cache
def _limits() -> Mapping[str, Mapping[str, Any]]:
    limits: Mapping[str, Mapping[str, Any]] = yaml.safe_load(_FILE.read_text())
    return limits


def _usage(call: Call, row: Mapping[str, Any]) -> int:
    if "collection" not in row:
        return 0  # nothing runs
    stored = call.documents.list(f"{call.name}/global/{row['collection']}/").values()
    return sum(_units(row, each["body"]) for each in stored)


def _units(row: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    # External is what an address is where nothing is said ("addressType", Compute Engine API).
    if any(body.get(key, "EXTERNAL") != wanted for key, wanted in row.get("only", {}).items()):
        return 0
    if "items" not in row:
        return 1
    items, path = row["items"]
    return sum(_has(item, path) for item in body.get(items, ()))


def _has(item: Json, path: str) -> bool:
    return reduce(lambda value, key: (value or {}).get(key), path.split("."), item) is not None

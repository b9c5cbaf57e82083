"""Tables that ``kubectl get`` prints: columns of a kind, and the cells of its objects.

Columns: pkg/printers/internalversion of kubernetes/kubernetes; of custom resources, their ``additionalPrinterColumns``.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from assembly.values import Json, at
from local.kubernetes.kinds import Kind

MEDIA_TYPE = "application/json;as=Table;v=v1;g=meta.k8s.io"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEP = re.compile(r"\.?([\w-]+)|\[\?\(@\.(\w+)\s*==\s*[\"']([^\"']*)[\"']\)\]|\[(\d+)\]")
_NONE = "<none>"
_Column = tuple[str, str, int, Callable[[Json], Json]]


def table(kind: Kind, items: Sequence[Json], version: str) -> Json:
    """Return a list of objects as a table."""
    columns: list[_Column] = [("Name", "string", 0, _text("metadata.name")), *_columns(kind)]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": [
            {
                "name": name,
                "type": each,
                "format": "name" if name == "Name" else "",
                "description": "",
                "priority": rank,
            }
            for name, each, rank, _ in columns
        ],
        "rows": [
            {
                "cells": [cell(item) for _, _, _, cell in columns],
                "object": {
                    "kind": "PartialObjectMetadata",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": item["metadata"],
                },
            }
            for item in items
        ],
    }


def _columns(kind: Kind) -> Iterator[_Column]:
    """Yield the name, type, priority and cell of each column."""
    if kind.definition is None:
        yield from ((name, "string", 0, cell) for name, cell in _BUILT_IN.get(kind.name, {}).items())
        yield "Age", "string", 0, _age
        return
    given = kind.definition.get("additionalPrinterColumns", [{"name": "Age", "type": "date", "jsonPath": ""}])
    for column in given:
        path = column["jsonPath"]
        cell: Callable[[Json], Json] = _age if column["type"] == "date" else partial(_at_path, path)
        yield column["name"], column["type"], column.get("priority", 0), cell


def _at_path(path: str, item: Json) -> Json:
    """Return the value at a path in kubectl's JSONPath: fields, indices, and the item that has a value."""
    value = item
    for name, key, wanted, index in _STEP.findall(path):
        if name:
            value = value.get(name) if isinstance(value, Mapping) else None
        elif not isinstance(value, list):
            return None
        elif key:
            value = next((each for each in value if str(each.get(key)) == wanted), None)
        else:
            value = value[int(index)] if int(index) < len(value) else None
    return value


def _age(item: Json) -> str:
    made = datetime.fromisoformat(item["metadata"]["creationTimestamp"])
    seconds = max(int((datetime.now(UTC) - made).total_seconds()), 0)
    for unit, letter in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m")):
        if seconds >= 2 * unit:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def _count(path: str) -> Callable[[Json], Json]:
    return lambda item: next(at(item, path), 0)


def _text(path: str) -> Callable[[Json], str]:
    return lambda item: str(next(at(item, path), _NONE))


def _ready(item: Json) -> str:
    return f"{item.get('status', {}).get('readyReplicas', 0)}/{item['spec'].get('replicas', 0)}"


def _external_address(item: Json) -> str:
    return ",".join(at(item, "status.loadBalancer.ingress.ip")) or _NONE


def _ports(item: Json) -> str:
    ports = item["spec"].get("ports", ())
    return ",".join(
        f"{port['port']}{':' + str(port['nodePort']) if 'nodePort' in port else ''}/{port['protocol']}"
        for port in ports
    )


def _labels(selector: Json) -> str:
    return ",".join(f"{key}={value}" for key, value in selector.get("matchLabels", {}).items()) or _NONE


def _available(item: Json) -> str:
    return next((each["status"] for each in at(item, "status.conditions") if each["type"] == "Available"), "Unknown")


_BUILT_IN: Mapping[str, Mapping[str, Callable[[Json], Json]]] = {
    "APIService": {
        "Service": lambda item: "/".join(item["spec"].get("service", {}).get(key, "") for key in ("namespace", "name")),
        "Available": _available,
    },
    "ConfigMap": {"Data": lambda item: len(item.get("data", {})) + len(item.get("binaryData", {}))},
    "Deployment": {
        "Ready": _ready,
        "Up-to-date": _count("status.updatedReplicas"),
        "Available": _count("status.availableReplicas"),
    },
    "Namespace": {"Status": _text("status.phase")},
    "NetworkPolicy": {"Pod-Selector": lambda item: _labels(item["spec"].get("podSelector", {}))},
    "PodDisruptionBudget": {
        "Min available": _text("spec.minAvailable"),
        "Max unavailable": _text("spec.maxUnavailable"),
        "Allowed disruptions": _count("status.disruptionsAllowed"),
    },
    "ReplicaSet": {
        "Desired": _count("spec.replicas"),
        "Current": _count("status.replicas"),
        "Ready": _count("status.readyReplicas"),
    },
    "RoleBinding": {"Role": lambda item: f"{item['roleRef']['kind']}/{item['roleRef']['name']}"},
    "ClusterRoleBinding": {"Role": lambda item: f"{item['roleRef']['kind']}/{item['roleRef']['name']}"},
    "Secret": {"Type": _text("type"), "Data": lambda item: len(item.get("data", {}))},
    "Service": {
        "Type": _text("spec.type"),
        "Cluster-IP": _text("spec.clusterIP"),
        "External-IP": _external_address,
        "Port(s)": _ports,
    },
}

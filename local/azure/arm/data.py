"""Kinds of resource that the embedded Azure knows, and what a provider of Terraform takes as an answer for each.

``kinds`` has a file for each namespace. ``statuses.json`` is taken from the provider's source; it names its version.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

KINDS = Path(__file__).with_name("kinds")
SCHEMAS = Path(__file__).with_name("schemas")
_STATUSES = Path(__file__).with_name("statuses.json")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of resource.

    Attributes:
        type: as Azure writes it: ``Microsoft.Network/virtualNetworks``.
        model: its schema, by package and class of Microsoft's management packages: ``network.VirtualNetwork``.
        defaults: values that the provider fills in where a request leaves them out.
        outputs: values that only the provider sets, with the names of :class:`local.azure.arm.calls.Place` in braces.
        children: kinds that the resource has in a list of its own, by the path of that list.
        global_names: True where no other resource of the kind, in any subscription, may have the name.
        located: True where a resource of the kind has a location.
        fixed: True where the resource is there as soon as what holds it is.
        refused: changes that the provider refuses: the path of a property that cannot change, and why.
        polls: how often an operation on it is asked before it is done.
    """

    type: str
    model: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    children: Mapping[str, str] = field(default_factory=dict)
    global_names: bool = False
    located: bool = True
    fixed: bool = False
    refused: Mapping[str, str] = field(default_factory=dict)
    polls: int = 1

    @property
    def key(self) -> str:
        """The type as it is compared."""
        return self.type.lower()

    @property
    def namespace(self) -> str:
        """The provider's namespace."""
        return self.type.partition("/")[0]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return all kinds, by their types in lower case."""
    found: dict[str, Kind] = {}
    for path in sorted(KINDS.glob("*.yaml")):
        for name, content in yaml.safe_load(path.read_text()).items():
            kind = Kind(type=f"{path.stem}/{name}", **(content or {}))
            found[kind.key] = kind
    return found


@cache
def namespaces() -> Sequence[str]:
    """Return the namespaces of all kinds."""
    return sorted({kind.namespace for kind in kinds().values()})


@dataclass(frozen=True)
class Statuses:
    """Statuses that Terraform's provider takes for a method.

    Attributes:
        accepted: of HTTP.
        polled: True where it waits for an operation.
    """

    accepted: Sequence[int]
    polled: bool

    def first(self, *wanted: int) -> int:
        """Return the first one of some that it takes."""
        return next((status for status in wanted if status in self.accepted), wanted[0])


@cache
def _known() -> Mapping[str, Mapping[str, Sequence[Any]]]:
    paths: Mapping[str, Mapping[str, Sequence[Any]]] = json.loads(_STATUSES.read_text())["paths"]
    return paths


def statuses(path: str, method: str) -> Statuses:
    """Return the statuses for a method.

    Args:
        path: type of the resource in lower case, with ``default`` where that is its only name.
        method: ``PUT``, ``PATCH`` or ``DELETE``.
    """
    row = _known().get(path, {}).get(method, ())
    accepted = [each for each in row if isinstance(each, int)]
    return Statuses(accepted or _USUAL[method], "lro" in row)


# "Async operations" and "PUT, PATCH, DELETE" of the Azure Resource Manager resource provider contract.
_USUAL: Mapping[str, Sequence[int]] = {"PUT": (200, 201), "PATCH": (200,), "DELETE": (200, 204)}

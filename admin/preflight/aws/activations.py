"""Activations: what a person switches on before AWS creates some types; the data stand in ``activations.yaml``."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

from assembly.values import Json

_FILE = Path(__file__).with_name("activations.yaml")


@dataclass(frozen=True)
class Activation:
    """Step that a person takes once per account.

    Attributes:
        name: its line in docs/deploy/aws.md begins with it.
        types: resource types that fail, or do nothing, without it.
        who: may do it.
        where: it is done.
        how_long: it takes.
        source: document that says so.
    """

    name: str
    types: Sequence[str]
    who: str
    where: str
    how_long: str
    source: str


@cache
def activations() -> Sequence[Activation]:
    """Return all activations."""
    return [Activation(**each) for each in _data()["activations"]]


def without_row(kinds: Collection[str]) -> list[str]:
    """Return the types of which the file says neither that they need an activation nor that they need none."""
    known = [kind for activation in activations() for kind in activation.types] + _data()["without"]
    return sorted(kind for kind in kinds if not any(fnmatchcase(kind, pattern) for pattern in known))


def service_linked_roles(kinds: Collection[str]) -> Mapping[str, str]:
    """Return the service-linked roles that some types need: name of each role, by the principal of its service."""
    return {
        each["service"]: each["role"]
        for each in _data()["service_linked_roles"]
        if not set(kinds).isdisjoint(each["types"])
    }


@cache
def _data() -> Json:
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))

"""Rules of updates, read from ``rules.yaml``: what an update does to a resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assembly import stateful
from assembly.values import Json
from assembly.yaml_files import read_yaml
from review.model.resource import Resource

FILE = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class Rules:
    """Content of ``rules.yaml``.

    Attributes:
        in_place: properties, by type, that CloudFormation's registry says may replace a resource, and do not.
    """

    in_place: Mapping[str, Sequence[str]]


@cache
def rules() -> Rules:
    """Return the file's content."""
    data: Json = read_yaml(FILE)
    return Rules(**data)


def holds_state(resource: Resource) -> bool:
    """Return whether data is lost with a resource."""
    return stateful.holds_state(resource.type, resource.path)

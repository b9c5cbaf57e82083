"""What an update does to a resource, read from ``rules.yaml``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assembly import stateful
from assembly.values import Json
from review.model.change import Change, Kind
from review.model.resource import Resource
from review.model.values import plain_path

FILE = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class Meaning:
    """Meaning of a change for the users of a resource type.

    Attributes:
        says: the meaning, in words.
        kinds: only what happens so; any kind where empty.
        settings: only where one of these changes; any setting where empty.
    """

    type: str
    says: str
    kinds: Sequence[Kind] = ()
    settings: Sequence[str] = ()

    def holds_for(self, change: Change) -> bool:
        """Return whether a change has this meaning."""
        if change.resource.type != self.type or (self.kinds and change.kind not in self.kinds):
            return False
        paths = {plain_path(edit.path) for edit in change.edits}
        return not self.settings or any(
            path == name or path.startswith(f"{name}.") for path in paths for name in self.settings
        )


@dataclass(frozen=True)
class Rules:
    """Content of ``rules.yaml``.

    Attributes:
        in_place: properties, by type, that CloudFormation's registry says may replace a resource, and do not.
        meanings: what changes of a type mean, in words.
    """

    in_place: Mapping[str, Sequence[str]]
    meanings: Sequence[Meaning]


@cache
def rules() -> Rules:
    """Return the file's content."""
    data: Json = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return Rules(
        meanings=[Meaning(**row) for row in data.pop("meanings")],
        **data,
    )


def holds_state(resource: Resource) -> bool:
    """Return whether data is lost with a resource."""
    return stateful.holds_state(resource.type, resource.path)


def meanings(change: Change) -> list[str]:
    """Return the meanings of a change for users of the resource, where they are known."""
    return [meaning.says for meaning in rules().meanings if meaning.holds_for(change)]

"""What changes, in the same words for every cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from assembly.values import Json


class Kind(StrEnum):
    """What happens to a resource."""

    REMOVED = "removed"
    REPLACED = "replaced"
    MAY_REPLACE = "may be replaced"
    MOVED = "moved"
    CHANGED = "changed"
    ADDED = "added"


class _Nothing:
    """Where a setting is not written at all; no value of JSON says that."""

    def __repr__(self) -> str:
        return "not set"


NOTHING: Final = _Nothing()


@dataclass(frozen=True)
class Resource:
    """A resource as it is written, or a stack's own settings where ``path`` is empty.

    Attributes:
        environment: which environment it belongs to; ``shared`` where all use it.
        id: what the cloud's tool knows it by, unique in its stack.
        path: where it stands in the construct tree of its stack: ``Database/Instance``.
        settings: as they are written, but references are paths: ``${Database/Instance.Endpoint}``.
        name: what people call it, where its type says little: ``Deployment goodies/funkygibbon``.
    """

    cloud: str
    environment: str
    stack: str
    id: str
    type: str
    path: str
    settings: Json = field(repr=False)
    name: str = ""

    @property
    def address(self) -> str:
        """What an approval calls it: ``GoodiesProd-Data/Database/Instance``."""
        return f"{self.stack}/{self.path}" if self.path else self.stack

    @property
    def kind(self) -> str:
        """What it is, for people: ``RDS DBInstance``, ``Deployment goodies/funkygibbon``."""
        return self.name or self.type.removeprefix("AWS::").replace("::", " ")


@dataclass(frozen=True)
class Stack:
    """A stack of one side.

    Attributes:
        settings: of the stack itself, as a resource without a path.
        resources: by id.
    """

    settings: Resource
    resources: Mapping[str, Resource] = field(repr=False)

    @property
    def name(self) -> str:
        """What deploys it calls it."""
        return self.settings.stack

    @property
    def all(self) -> Mapping[str, Resource]:
        """The resources and the stack's own settings, by id."""
        return {"": self.settings, **self.resources}


@dataclass(frozen=True)
class Edit:
    """A setting that changes.

    Attributes:
        path: ``LockConfiguration.MinRetentionDays``.
        before: ``NOTHING`` where it was not written.
        after: ``NOTHING`` where it is no longer written.
        effect: what it does to the resource, where it does more than change it.
        note: what the values do not say: which files of a program differ.
    """

    path: str
    before: Json
    after: Json
    effect: Kind = Kind.CHANGED
    note: str = ""


@dataclass(frozen=True)
class Change:
    """What happens to one resource.

    Attributes:
        before: the resource of the base; missing where it is added.
        after: the resource of the head; missing where it is removed.
        because: why it is replaced, where none of its own settings says so.
        grants: what it newly allows, a line each.
        doors: whom it newly lets in from the whole internet, a line each.
    """

    kind: Kind
    before: Resource | None
    after: Resource | None
    edits: tuple[Edit, ...] = ()
    because: str = ""
    grants: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()

    @property
    def resource(self) -> Resource:
        """What it is about: the new one where there is one."""
        found = self.after or self.before
        assert found  # noqa: S101 - a change has at least one side
        return found

    @property
    def lost(self) -> bool:
        """Whether what stands today is deleted, or may be."""
        moved_away = self.kind is Kind.MOVED and self.before is not None
        return self.kind in {Kind.REMOVED, Kind.REPLACED, Kind.MAY_REPLACE} or moved_away


# The closed list of approvals: what stands before the colon of a trailer, and what it says yes to.
TITLES = {
    "Allow-Remove": "Removed",
    "Allow-Replace": "Replaced",
    "Allow-Unprotect": "Less protected",
    "Allow-Reduce": "Less kept, or worse recovery",
    "Allow-Open": "Open to the internet",
    "Allow-Grant": "More permissions",
    "Allow-Weaken": "Weaker encryption",
    "Allow-Change": "A number of the plan",
}


@dataclass(frozen=True)
class Danger:
    """What needs an explicit yes.

    Attributes:
        allowance: the trailer that says yes: ``Allow-Replace``.
        what: what happens, a sentence each.
        promises: of the plan, that it touches.
    """

    allowance: str
    change: Change
    what: tuple[str, ...]
    promises: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What kind of danger it is, in a word or two."""
        if self.allowance == "Allow-Replace" and self.change.kind is Kind.MAY_REPLACE:
            return "May be replaced"
        if self.allowance == "Allow-Replace" and self.change.kind is Kind.MOVED:
            return "Replaced under another name"
        return TITLES[self.allowance]

    @property
    def thing(self) -> str:
        """What the trailer has to name: of something that gets another name, the old one."""
        moved = self.change.kind is Kind.MOVED and self.change.before
        return (moved or self.change.resource).address

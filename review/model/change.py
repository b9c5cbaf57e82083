"""Changes between two sides of a review, in the same words for every cloud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from assembly.values import Json
from review.model.resource import Resource, Stack


class Kind(StrEnum):
    """Kind of a change, worst first; the last two are kinds of an edit alone."""

    REMOVED = "removed"
    REPLACED = "replaced"
    MAY_REPLACE = "may be replaced"
    MOVED = "moved"
    CHANGED = "changed"
    ADDED = "added"
    LET_GO = "no longer kept by this code"
    IN_CODE = "changed in the code only"


# What ends a resource, surely or perhaps.
REPLACING = (Kind.REPLACED, Kind.MAY_REPLACE)
# What the tool does nothing for: what is deployed stays as it is.
WITHOUT_EFFECT = (Kind.LET_GO, Kind.IN_CODE)


class Verdict(StrEnum):
    """Verdict on the change of a setting, worst first."""

    DANGER = "danger"
    UNJUDGED = "not judged"
    HARMLESS = "harmless"


class _NotSet:
    """Value of a setting that is not written at all; no value of JSON says that."""

    def __repr__(self) -> str:
        return "not set"


NOT_SET: Final = _NotSet()


# What an edit does to its resource, beside the edit.
EFFECTS: Mapping[Kind, str] = {
    Kind.REPLACED: "replaces it",
    Kind.MAY_REPLACE: "may replace it",
    Kind.LET_GO: "no longer kept by this code: it stays as it is until somebody changes it",
    Kind.IN_CODE: "in the code only: nothing is updated",
}


@dataclass(frozen=True)
class Edit:
    """A setting that changes.

    Attributes:
        path: ``LockConfiguration.MinRetentionDays``.
        before: ``NOT_SET`` where it was not written.
        after: ``NOT_SET`` where it is no longer written.
        effect: what it does to the resource, where it does more or less than change it.
        note: what the values do not say: which files of a program differ.
        name: what names the value where its path does not: that of a container's variable.
        verdict: on it, once it is judged.
    """

    path: str
    before: Json
    after: Json
    effect: Kind = Kind.CHANGED
    note: str = ""
    name: str = ""
    verdict: Verdict = Verdict.UNJUDGED


@dataclass(frozen=True)
class Change:
    """Change of one resource.

    Attributes:
        before: the resource of the base; missing where it is added.
        after: the resource of the head; missing where it is removed.
        because: why it is replaced, where none of its own settings says so.
        grants: what it newly allows, a line each.
        exposures: whom it newly lets in from the whole internet, a line each.
        left_behind: whether the old one stays where it was, because its whole stack is made anew elsewhere.
        refused: why the tool refuses to do it; empty where it is not known to.
        narrower: whether its traffic rules let less pass, and leave out nobody altogether.
    """

    kind: Kind
    before: Resource | None
    after: Resource | None
    edits: tuple[Edit, ...] = ()
    because: str = ""
    grants: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    left_behind: bool = False
    refused: str = ""
    narrower: bool = False

    @property
    def resource(self) -> Resource:
        """The changed resource: the new one if it exists, else the old one."""
        found = self.after or self.before
        assert found  # noqa: S101 - a change has at least one side
        return found

    @property
    def lost(self) -> bool:
        """True when the existing resource is deleted, or may be."""
        moved_away = self.kind is Kind.MOVED and self.before is not None
        return self.kind in {Kind.REMOVED, Kind.REPLACED, Kind.MAY_REPLACE} or moved_away


@dataclass(frozen=True)
class Difference:
    """Differences between two sides of one or more clouds.

    Attributes:
        changes: by stack and path.
        before: the base's stacks by name.
        after: the head's stacks by name.
    """

    changes: Sequence[Change]
    before: Mapping[str, Stack]
    after: Mapping[str, Stack]

    @property
    def new_environments(self) -> set[tuple[str, str]]:
        """Cloud and name of the environments that only the head has."""
        return _environments(self.after) - _environments(self.before)

    @property
    def gone_environments(self) -> set[tuple[str, str]]:
        """Cloud and name of the environments that only the base has."""
        return _environments(self.before) - _environments(self.after)

    def __or__(self, other: "Difference") -> "Difference":
        """Return both, of two clouds, as one."""
        return Difference(
            [*self.changes, *other.changes], {**self.before, **other.before}, {**self.after, **other.after}
        )


def _environments(side: Mapping[str, Stack]) -> set[tuple[str, str]]:
    return {(stack.settings.cloud, stack.settings.environment) for stack in side.values()}

"""Effects of an update of a resource on its users, read from a file per cloud, with a source for each row."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assembly.values import Json
from assembly.yaml_files import read_yaml
from review.model.change import Change, Edit, Kind
from review.model.values import plain_path, text

FOLDER = Path(__file__).parent
NO_INTERRUPTION = "no interruption"
EFFECTS = (NO_INTERRUPTION, "some interruption", "replacement", "depends", "refused")
NOT_KNOWN = "not known"
_SMALLER = ("smaller", "older")
_UNINTERESTING = ("Tags", "labels", "tags")


@dataclass(frozen=True)
class UpdateEffect:
    """Effect of an update on the users of a resource type.

    Attributes:
        effect: one of ``EFFECTS``.
        source: title of the page that says so.
        says: what users see of it.
        settings: only where one of these changes; any setting where empty.
        kinds: only what happens so; any kind where empty.
        when: only in this direction of a number or a version: smaller, larger, older, newer.
    """

    type: str
    effect: str
    source: str
    says: str = ""
    settings: Sequence[str] = ()
    kinds: Sequence[str] = ()
    when: str = ""

    @property
    def text(self) -> str:
        """The effect in words."""
        if self.effect in {"depends", "replacement"}:
            return self.says
        return f"{self.effect}: {self.says}" if self.says else self.effect

    def of_kind(self, kind: Kind) -> bool:
        """Return whether it is about such a change."""
        return not self.kinds or str(kind) in self.kinds

    def of_edit(self, edit: Edit) -> bool:
        """Return whether it is about an edit."""
        path = plain_path(edit.path)
        if self.settings and not any(path == name or path.startswith(f"{name}.") for name in self.settings):
            return False
        return not self.when or (self.when in _SMALLER) == _shrinks(edit)


def _shrinks(edit: Edit) -> bool:
    old, new = ([int(digits) for digits in re.findall(r"\d+", text(side))] for side in (edit.before, edit.after))
    return new < old


@cache
def rows() -> Sequence[UpdateEffect]:
    """Return the rows of all clouds."""
    files: list[Json] = [read_yaml(file) for file in sorted(FOLDER.glob("*.yaml"))]
    return [UpdateEffect(**row) for file in files for row in file["effects"]]


def update_effects(change: Change) -> list[str]:
    """Return what an update does for the users of a resource, a line each.

    Of a type that has rows, it is also said which settings nothing is known of.
    """
    of_type = [row for row in rows() if row.type == change.resource.type and row.of_kind(change.kind)]
    found = list(dict.fromkeys(_known(change, of_type)))
    unknown = [
        plain_path(edit.path)
        for edit in change.edits
        if of_type
        and change.kind is Kind.CHANGED
        and edit.effect is Kind.CHANGED
        and edit.path.partition(".")[0].partition("[")[0] not in _UNINTERESTING
        and not any(row.of_edit(edit) for row in of_type)
    ]
    return [*found, *([f"{NOT_KNOWN} what the update of {', '.join(dict.fromkeys(unknown))} does"] if unknown else [])]


def _known(change: Change, of_type: Sequence[UpdateEffect]) -> Iterator[str]:
    for row in of_type:
        if not row.settings or any(row.of_edit(edit) for edit in change.edits):
            yield row.text

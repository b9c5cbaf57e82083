"""Compares two sides of a cloud: who is new, gone, changed or renamed, and what that does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, Self, TypeVar

from review.compare.renames import pairs
from review.model.model import Change, Edit, Kind, Resource, Stack
from review.model.pair import Draft, Verdict
from review.model.rules import holds_state
from review.model.values import edits, plain_path

Key = tuple[str, str]


class Side(Protocol):
    """What one side of a cloud holds."""

    @property
    def stacks(self) -> Mapping[str, Stack]:
        """Every stack by its name."""

    def with_names(self, renamed: Mapping[Key, Key]) -> Self:
        """Return the same, where references to some resources read as on the other side."""


S = TypeVar("S", bound=Side)
Judge = Callable[[S, S, Sequence[Draft]], Mapping[Draft, Verdict]]
_CERTAIN = {Kind.REPLACED: 2, Kind.MAY_REPLACE: 1}


def changes(before: S, after: S, judge: Judge[S]) -> list[Change]:
    """Return what happens to each resource, by stack and path."""
    old, new = _resources(before), _resources(after)
    renamed = pairs(
        [resource for key, resource in old.items() if key not in new],
        [resource for key, resource in new.items() if key not in old],
    )
    # What refers to a renamed resource does not change by that.
    before = before.with_names({(one.stack, one.id): (other.stack, other.path) for one, other in renamed})
    old = _resources(before)
    drafts = list(_drafts(old, new, {(one.stack, one.id): other for one, other in renamed}))
    verdicts = judge(before, after, drafts)
    found = [_change(draft, verdicts.get(draft, Verdict(Kind.CHANGED))) for draft in drafts]
    return sorted((change for change in found if change), key=lambda change: change.resource.address)


def _resources(side: Side) -> dict[Key, Resource]:
    return {(stack.name, key): resource for stack in side.stacks.values() for key, resource in stack.all.items()}


def _drafts(
    old: Mapping[Key, Resource], new: Mapping[Key, Resource], renamed: Mapping[Key, Resource]
) -> Iterator[Draft]:
    became = {(other.stack, other.id) for other in renamed.values()}
    for key, resource in old.items():
        other = new.get(key) or renamed.get(key)
        yield Draft(resource, other, _edits(resource, other) if other else ())
    for key, resource in new.items():
        if key not in old and key not in became:
            yield Draft(None, resource)


def _edits(before: Resource, after: Resource) -> tuple[Edit, ...]:
    types = [] if before.type == after.type else [Edit("Type", before.type, after.type)]
    return (*types, *edits(before.settings, after.settings))


def _change(draft: Draft, verdict: Verdict) -> Change | None:
    kind = _kind(draft, verdict)
    if not kind:
        return None
    causes = {name: effect for name, effect in verdict.causes.items() if effect in _CERTAIN}
    marked = tuple(replace(edit, effect=_effect(edit, causes)) for edit in draft.edits)
    return Change(kind, draft.before, draft.after, marked, verdict.because, verdict.grants, verdict.doors)


def _kind(draft: Draft, verdict: Verdict) -> Kind | None:
    """Return what to say; nothing where there is nothing to say."""
    if draft.before is None or draft.after is None:
        return Kind.REMOVED if draft.before else Kind.ADDED
    if draft.renamed:
        if draft.before.address != draft.after.address:
            return Kind.MOVED
        # A new id at the same place is noise, unless what was in the old one is lost with it.
        return Kind.REPLACED if draft.edits or holds_state(draft.after) else None
    if verdict.kind in _CERTAIN:
        return verdict.kind
    return Kind.CHANGED if draft.edits or verdict.grants or verdict.doors else None


def _effect(edit: Edit, causes: Mapping[str, Kind]) -> Kind:
    path = plain_path(edit.path)
    effects = [effect for name, effect in causes.items() if path == name or path.startswith(f"{name}.")]
    return max(effects, key=_CERTAIN.__getitem__, default=Kind.CHANGED)

"""Comparison of two sides of a cloud: which resources are added, removed, changed or renamed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, Self, TypeVar

from review.compare.renames import renames
from review.model.change import NOT_SET, REPLACING, Change, Edit, Kind
from review.model.pair import Impact, Pair
from review.model.resource import Resource, Stack
from review.model.values import edits, plain_path, short

Key = tuple[str, str]


class Side(Protocol):
    """One side of a cloud."""

    @property
    def stacks(self) -> Mapping[str, Stack]:
        """Every stack by its name."""

    @property
    def application(self) -> Resource | None:
        """The own settings of the application; None where there is none."""

    def with_names(self, renamed: Mapping[Key, Key]) -> Self:
        """Return the same, where references to some resources read as on the other side."""


S = TypeVar("S", bound=Side)


def matched(before: S, after: S) -> tuple[S, list[Pair]]:
    """Return the base with renamed resources called as in the head, and each resource with its other side."""
    old, new = _resources(before), _resources(after)
    renamed = renames(
        [resource for key, resource in old.items() if key not in new],
        [resource for key, resource in new.items() if key not in old],
    )
    if renamed:
        # What refers to a renamed resource does not change by that.
        before = before.with_names({(one.stack, one.id): (other.stack, other.path) for one, other in renamed})
        old = _resources(before)
    pairs = [
        replace(pair, anew=_anew(before, after, pair))
        for pair in _pairs(old, new, {(one.stack, one.id): other for one, other in renamed})
    ]
    if before.application and after.application:
        pairs.append(Pair(before.application, after.application, _edits(before.application, after.application)))
    return before, pairs


def changes(pairs: Sequence[Pair], impacts: Mapping[Pair, Impact]) -> list[Change]:
    """Return the change of each resource, by stack and path.

    Args:
        pairs: every resource with its other side.
        impacts: what the cloud's tool does to them; those it says nothing of are changed in place.
    """
    found = [_change(pair, impacts.get(pair, Impact(Kind.CHANGED))) for pair in pairs]
    return sorted((change for change in found if change), key=lambda change: change.resource.address)


def _resources(side: Side) -> dict[Key, Resource]:
    return {(stack.name, key): resource for stack in side.stacks.values() for key, resource in stack.all.items()}


def _pairs(old: Mapping[Key, Resource], new: Mapping[Key, Resource], renamed: Mapping[Key, Resource]) -> Iterator[Pair]:
    became = {(other.stack, other.id) for other in renamed.values()}
    for key, resource in old.items():
        other = new.get(key) or renamed.get(key)
        yield Pair(resource, other, _edits(resource, other) if other else ())
    for key, resource in new.items():
        if key not in old and key not in became:
            yield Pair(None, resource)


def _anew(before: S, after: S, pair: Pair) -> str:
    """Return why a resource is made anew with its stack: ``region: us-east-1 → us-east-2``; nothing where it is not."""
    if pair.before is None or pair.after is None:
        return ""
    old, new = before.stacks[pair.before.stack].place, after.stacks[pair.after.stack].place
    return ", ".join(
        f"{name}: {short(value)} → {short(new.get(name, NOT_SET))}"
        for name, value in old.items()
        if value != new.get(name)
    )


def _edits(before: Resource, after: Resource) -> tuple[Edit, ...]:
    types = [] if before.type == after.type else [Edit("Type", before.type, after.type)]
    return (*types, *edits(before.settings, after.settings))


def _change(pair: Pair, impact: Impact) -> Change | None:
    kind = _kind(pair, impact)
    if not kind:
        return None
    marked = tuple(replace(edit, effect=_effect(edit, impact.causes)) for edit in pair.edits)
    because = impact.because
    if pair.anew:
        because = f"the stack is made anew: {pair.anew}"
    elif kind is Kind.REPLACED and pair.before and pair.after and pair.before.id != pair.after.id:
        because = because or f"it has another id: {pair.before.id} → {pair.after.id}"
    # Of another project, Terraform still has the state, and deletes.
    left_behind = bool(pair.anew) and " of provider " not in pair.anew
    return Change(
        kind,
        pair.before,
        pair.after,
        marked,
        because,
        grants=impact.grants,
        exposures=impact.exposures,
        left_behind=left_behind,
        refused=impact.refused,
        narrower=impact.narrower,
    )


def _kind(pair: Pair, impact: Impact) -> Kind | None:
    """Return the kind of change; None without a change."""
    if pair.before is None or pair.after is None:
        return Kind.REMOVED if pair.before else Kind.ADDED
    if pair.renamed:
        return Kind.REPLACED if pair.before.address == pair.after.address else Kind.MOVED
    if pair.anew:
        return Kind.REPLACED
    if impact.kind in REPLACING:
        return impact.kind
    return Kind.CHANGED if pair.edits or impact.because or impact.grants or impact.exposures else None


def _effect(edit: Edit, causes: Mapping[str, Kind]) -> Kind:
    if edit.path in causes:
        return causes[edit.path]
    path = plain_path(edit.path)
    effects = {effect for name, effect in causes.items() if path == name or path.startswith(f"{name}.")}
    return next((effect for effect in REPLACING if effect in effects), Kind.CHANGED)

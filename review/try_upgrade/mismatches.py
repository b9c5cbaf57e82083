"""Mismatches between the diff's prediction of an update and its outcome."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from review.model.change import Change, Kind
from review.model.resource import Resource
from review.try_upgrade.run import StackUpgrade


class Outcome(StrEnum):
    """Outcome of an update for a resource."""

    KEPT = "kept"
    CHANGED = "changed"
    REPLACED = "replaced"
    ADDED = "added"
    REMOVED = "removed"


_IN_PLACE = frozenset({Outcome.KEPT, Outcome.CHANGED})
# What may happen after what was said. A change may come to nothing, and what refers to a changed thing may change.
_ALLOWED = {
    Kind.ADDED: frozenset({Outcome.ADDED}),
    Kind.REMOVED: frozenset({Outcome.REMOVED}),
    Kind.REPLACED: frozenset({Outcome.REPLACED}),
    Kind.MAY_REPLACE: _IN_PLACE | {Outcome.REPLACED},
    Kind.CHANGED: _IN_PLACE,
    Kind.MOVED: _IN_PLACE,
}


def outcomes(upgrade: StackUpgrade) -> Mapping[str, Outcome]:
    """Return the outcome of each resource of a stack, by logical id."""
    before, after = upgrade.before.ids, upgrade.after.ids

    def outcome(name: str) -> Outcome:
        if name not in before:
            return Outcome.ADDED
        if name not in after:
            return Outcome.REMOVED
        if before[name] != after[name]:
            return Outcome.REPLACED
        # The embedded cloud tells of an update of every resource, whether anything of it changed or not.
        written = [side["Resources"].get(name) for side in (upgrade.base, upgrade.head) if side]
        return Outcome.CHANGED if upgrade.completed and written[0] != written[-1] else Outcome.KEPT

    return {name: outcome(name) for name in sorted(before.keys() | after.keys())}


def mismatches(
    upgrade: StackUpgrade, resources: Mapping[tuple[str, str], Resource], predicted: Sequence[Change]
) -> Iterator[str]:
    """Yield outcomes that the diff did not predict, and predictions that did not happen."""
    allowed = {name: each for change in predicted for name, each in _allowed(change, upgrade.name)}
    found = outcomes(upgrade)
    places = {name: _place(resources, upgrade.name, name) for name in found}
    # The diff is silent about a thing that stays where it is in the construct tree and only gets another id.
    renamed = set.intersection(
        *({places[name] for name in found if found[name] is outcome} for outcome in (Outcome.REMOVED, Outcome.ADDED))
    )
    for name, outcome in found.items():
        unpredicted = name not in allowed
        if outcome in allowed.get(name, _IN_PLACE) or (unpredicted and places[name] in renamed):
            continue
        prediction = "nothing" if unpredicted else " or ".join(sorted(allowed[name]))
        kind = upgrade.after.types.get(name) or upgrade.before.types.get(name)
        yield f"{places[name]} ({kind}) is {outcome}; the diff says {prediction}"


def _place(resources: Mapping[tuple[str, str], Resource], stack: str, name: str) -> str:
    found = resources.get((stack, name))
    return found.address if found else f"{stack}/{name}"


def _allowed(change: Change, stack: str) -> Iterator[tuple[str, frozenset[Outcome]]]:
    old, new = change.before, change.after
    if old and new and (old.stack, old.id) != (new.stack, new.id):
        # Under another id the old one goes and a new one comes, whatever the diff calls it.
        ends = ((old, Outcome.REMOVED), (new, Outcome.ADDED))
        yield from ((side.id, frozenset({outcome})) for side, outcome in ends if side.stack == stack)
    elif change.resource.stack == stack:
        yield change.resource.id, _ALLOWED[change.kind]

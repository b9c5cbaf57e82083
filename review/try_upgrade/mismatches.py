"""What the diff says that an update does, beside what it did."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from review.model.model import Change, Kind, Resource
from review.try_upgrade.run import StackUpgrade


class Fate(StrEnum):
    """What happened to a resource."""

    KEPT = "kept"
    CHANGED = "changed"
    REPLACED = "replaced"
    ADDED = "added"
    REMOVED = "removed"


_IN_PLACE = frozenset({Fate.KEPT, Fate.CHANGED})
# What may happen after what was said. A change may come to nothing, and what refers to a changed thing may change.
_ALLOWED = {
    Kind.ADDED: frozenset({Fate.ADDED}),
    Kind.REMOVED: frozenset({Fate.REMOVED}),
    Kind.REPLACED: frozenset({Fate.REPLACED}),
    Kind.MAY_REPLACE: _IN_PLACE | {Fate.REPLACED},
    Kind.CHANGED: _IN_PLACE,
    Kind.MOVED: _IN_PLACE,
}


def fates(upgrade: StackUpgrade) -> Mapping[str, Fate]:
    """Return what happened to each resource of a stack, by logical id."""
    before, after = upgrade.before.ids, upgrade.after.ids

    def fate(name: str) -> Fate:
        if name not in before:
            return Fate.ADDED
        if name not in after:
            return Fate.REMOVED
        if before[name] != after[name]:
            return Fate.REPLACED
        # The embedded cloud tells of an update of every resource, whether anything of it changed or not.
        written = [side["Resources"].get(name) for side in (upgrade.base, upgrade.head) if side]
        return Fate.CHANGED if upgrade.through and written[0] != written[-1] else Fate.KEPT

    return {name: fate(name) for name in sorted(before.keys() | after.keys())}


def surprises(
    upgrade: StackUpgrade, resources: Mapping[tuple[str, str], Resource], said: Sequence[Change]
) -> Iterator[str]:
    """Yield what happened to the resources of a stack and was not said, and what was said and did not happen."""
    allowed = {name: each for change in said for name, each in _allowed(change, upgrade.name)}
    found = fates(upgrade)
    places = {name: _place(resources, upgrade.name, name) for name in found}
    # The diff is silent about a thing that stays where it is in the construct tree and only gets another id.
    renamed = set.intersection(
        *({places[name] for name in found if found[name] is fate} for fate in (Fate.REMOVED, Fate.ADDED))
    )
    for name, fate in found.items():
        silent = name not in allowed
        if fate in allowed.get(name, _IN_PLACE) or (silent and places[name] in renamed):
            continue
        said_of_it = "nothing" if silent else " or ".join(sorted(allowed[name]))
        kind = upgrade.after.types.get(name) or upgrade.before.types.get(name)
        yield f"{places[name]} ({kind}) is {fate}; the diff says {said_of_it}"


def _place(resources: Mapping[tuple[str, str], Resource], stack: str, name: str) -> str:
    found = resources.get((stack, name))
    return found.address if found else f"{stack}/{name}"


def _allowed(change: Change, stack: str) -> Iterator[tuple[str, frozenset[Fate]]]:
    old, new = change.before, change.after
    if old and new and (old.stack, old.id) != (new.stack, new.id):
        # Under another id the old one goes and a new one comes, whatever the diff calls it.
        ends = ((old, Fate.REMOVED), (new, Fate.ADDED))
        yield from ((side.id, frozenset({fate})) for side, fate in ends if side.stack == stack)
    elif change.resource.stack == stack:
        yield change.resource.id, _ALLOWED[change.kind]

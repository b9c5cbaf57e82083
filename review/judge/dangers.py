"""Dangers: destructive changes and others that need a trailer, and their reasons, for all clouds."""

from collections.abc import Callable, Iterator, Set
from dataclasses import replace

from assembly.stateful import STATEFUL
from assembly.values import at
from review.judge.settings import judgements, needs_a_yes_unjudged, reasons, type_row
from review.model.change import Change, Difference, Kind, Verdict
from review.model.danger import Allowance, Danger
from review.model.resource import Resource
from review.model.rules import holds_state
from review.model.values import text
from review.model.verdicts.rows import verdicts

Find = Callable[[Change], Iterator[Danger]]
_NOTHING = "nothing takes its place"


def dangers(difference: Difference) -> list[Danger]:
    """Return the dangers, worst first.

    What a new environment allows itself endangers nothing that exists; what the internet reaches in it does. A stack
    that goes as a whole is one danger, beside those of the data in it.
    """
    removed = {
        (change.resource.stack, change.resource.path) for change in difference.changes if change.kind is Kind.REMOVED
    }
    found: dict[str, Danger] = {}
    for change in difference.changes:
        own: list[str] = []
        for find in (lost, weakened, opened, granted, changed, unjudged):
            if _unsaid(change, find, difference, removed):
                continue
            for danger in find(change):
                # One yes is enough for what no row of its own judges, and the digest holds all settings.
                if own and find in (changed, unjudged):
                    if find is changed:
                        found[own[0]] = _joined(found[own[0]], danger)
                    continue
                key = danger.trailer
                found[key] = _joined(found[key], danger) if key in found else danger
                own.append(key)
    order = list(Allowance)
    return sorted(found.values(), key=lambda danger: (order.index(danger.allowance), danger.thing))


def _unsaid(change: Change, find: Find, difference: Difference, removed: Set[tuple[str, str]]) -> bool:
    """Return whether a kind of danger is none: in a new environment, or of what goes with its stack or owner."""
    resource = change.resource
    if find in (granted, weakened, changed, unjudged) and resource.stack not in difference.before:
        return _environment(change) in difference.new_environments
    if find is not lost or change.kind is not Kind.REMOVED or not resource.path or holds_state(resource):
        return False
    row = type_row(resource)
    parts = text([list(at(resource.settings, name)) for name in row.part_of]) if row else ""
    return resource.stack not in difference.after or any(
        f"${{{path}}}" in parts or f"${{{path}." in parts for stack, path in removed if stack == resource.stack
    )


def _joined(one: Danger, other: Danger) -> Danger:
    """Join the dangers that one trailer allows."""
    promises = tuple(dict.fromkeys([*one.promises, *other.promises]))
    return replace(one, reasons=(*one.reasons, *other.reasons), promises=promises)


def _environment(change: Change) -> tuple[str, str]:
    return change.resource.cloud, change.resource.environment


def carried(resource: Resource) -> tuple[str, ...]:
    """Return the promises that a resource carries."""
    return verdicts().promises(resource)


def lost(change: Change) -> Iterator[Danger]:
    """Yield the deletion of a resource that holds state, or whose existence keeps a promise."""
    old = change.before
    if old is None or not change.lost:
        return
    if not old.path and change.kind is Kind.REPLACED:
        yield Danger(Allowance.REPLACE, change, ("everything in it is made anew",))
    elif not old.path:
        yield Danger(Allowance.REMOVE, change, ("the whole stack goes, with everything in it",))
    elif holds_state(old):
        allowance = Allowance.REMOVE if change.kind is Kind.REMOVED else Allowance.REPLACE
        yield Danger(allowance, change, (f"{STATEFUL[old.type]}: {_fate(change)}",))
    elif change.kind is Kind.REMOVED and not ((row := type_row(old)) and row.gone_harmless):
        yield Danger(Allowance.REMOVE, change, (row.gone if row else _NOTHING,), carried(old))


def _fate(change: Change) -> str:
    """Return the fate of the data, in words."""
    if change.left_behind:
        return "what is there stays behind, unmanaged, and an empty one takes its place"
    if (
        change.after
        and change.kind is not Kind.MOVED
        and True in at(change.after.settings, "lifecycle.prevent_destroy")
    ):
        return "Terraform refuses to delete it, so the deployment fails until that protection is taken away"
    old = change.before.settings if change.before else {}
    policy = "DeletionPolicy" if change.kind in {Kind.REMOVED, Kind.MOVED} else "UpdateReplacePolicy"
    # Of a resource of Terraform, what its provider does when the resource goes.
    kept = str(next(at(old, policy), "") or next(at(old, "deletion_policy"), ""))
    becomes = {
        "Retain": "what is there stays behind, unmanaged",
        "RetainExceptOnCreate": "what is there stays behind, unmanaged",
        "ABANDON": "what is there stays behind, unmanaged",
        "Snapshot": "only a last snapshot stays",
    }.get(kept, "what is there is lost")
    return {
        Kind.REMOVED: becomes,
        Kind.MOVED: f"{becomes}, and an empty one is made as {change.resource.address}",
        Kind.MAY_REPLACE: f"if it is replaced, {becomes}, and an empty one takes its place",
    }.get(change.kind, f"{becomes}, and an empty one takes its place")


def weakened(change: Change) -> Iterator[Danger]:
    """Yield what gets worse by a row of the verdicts."""
    for allowance, reason, promises in reasons([each for each in judgements(change) if not each.by_type]):
        yield Danger(allowance, change, (reason,), promises)


def changed(change: Change) -> Iterator[Danger]:
    """Yield changes that are a danger to the type, whatever the setting; a replacement has been said."""
    said = change.kind is Kind.REPLACED and holds_state(change.resource)
    found = [
        each
        for each in judgements(change)
        if each.by_type and not (said and each.edit.effect in {Kind.REPLACED, Kind.MAY_REPLACE})
    ]
    for allowance, reason, promises in reasons(found):
        yield Danger(allowance, change, (reason,), promises)


def unjudged(change: Change) -> Iterator[Danger]:
    """Yield what no row judges, on a resource that holds state or carries a promise."""
    found = [each for each in judgements(change) if each.verdict is Verdict.UNJUDGED]
    if found and needs_a_yes_unjudged(change.resource, holds_state(change.resource)):
        names = list(dict.fromkeys(each.edit.path or each.says for each in found))
        yield Danger(Allowance.UNJUDGED, change, (f"not judged: {', '.join(names)}",), carried(change.resource))


def opened(change: Change) -> Iterator[Danger]:
    """Yield new access from the internet."""
    if change.exposures:
        yield Danger(Allowance.OPEN, change, change.exposures, ("SEC-1", "SEC-2"))


def granted(change: Change) -> Iterator[Danger]:
    """Yield new permissions."""
    if change.grants:
        yield Danger(Allowance.GRANT, change, change.grants, ("SEC-2",))

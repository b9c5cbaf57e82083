"""Dangers: destructive changes and others that need a trailer, and their reasons, for all clouds."""

from collections.abc import Iterator
from dataclasses import replace

from assembly.stateful import STATEFUL
from assembly.values import Json, at
from review.model.change import Change, Difference, Kind
from review.model.danger import Allowance, Danger
from review.model.rules import holds_state, required_promises, rules
from review.model.secrets import value_without_secrets
from review.model.values import short


def dangers(difference: Difference) -> list[Danger]:
    """Return the dangers, worst first.

    What a new environment allows itself endangers nothing that exists; what the internet reaches in it does. A stack
    that goes as a whole is one danger, beside those of the data in it.
    """
    gone = difference.before.keys() - difference.after.keys()
    found: dict[str, Danger] = {}
    for change in difference.changes:
        for find in (lost, weakened, opened, granted):
            for danger in find(change):
                stands = change.resource.stack in difference.before
                if find is granted and _environment(change) in difference.new_environments and not stands:
                    continue
                if find is lost and change.resource.stack in gone and danger.promises:
                    continue
                key = danger.trailer
                found[key] = _joined(found[key], danger) if key in found else danger
    order = list(Allowance)
    return sorted(found.values(), key=lambda danger: (order.index(danger.allowance), danger.thing))


def _joined(one: Danger, other: Danger) -> Danger:
    """Join the dangers that one trailer allows."""
    promises = tuple(dict.fromkeys([*one.promises, *other.promises]))
    return replace(one, reasons=(*one.reasons, *other.reasons), promises=promises)


def _environment(change: Change) -> tuple[str, str]:
    return change.resource.cloud, change.resource.environment


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
    elif change.kind is Kind.REMOVED and (promises := required_promises(old)):
        yield Danger(Allowance.REMOVE, change, ("nothing takes its place",), promises)


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
    kept = str(next(at(old, policy), ""))
    becomes = {
        "Retain": "what is there stays behind, unmanaged",
        "RetainExceptOnCreate": "what is there stays behind, unmanaged",
        "Snapshot": "only a last snapshot stays",
    }.get(kept, "what is there is lost")
    return {
        Kind.REMOVED: becomes,
        Kind.MOVED: f"{becomes}, and an empty one is made as {change.resource.address}",
        Kind.MAY_REPLACE: f"if it is replaced, {becomes}, and an empty one takes its place",
    }.get(change.kind, f"{becomes}, and an empty one takes its place")


def weakened(change: Change) -> Iterator[Danger]:
    """Yield settings that got worse by a rule."""
    if change.before is None or change.after is None:
        return
    known = rules().weakened
    for rule in (*known.get(change.after.type, ()), *known.get("*", ())):
        if rule.type == "*" and not holds_state(change.after):
            continue
        if rule.broken(change.before.settings, change.after.settings):
            shown = _difference(
                *(
                    [_shown(value, rule.setting) for value in at(side.settings, rule.setting)]
                    for side in (change.before, change.after)
                )
            )
            yield Danger(rule.allowance, change, (f"{rule.says} ({rule.setting}: {shown})",), rule.promises)


def _shown(value: Json, setting: str) -> str:
    return short(value_without_secrets(value, setting.split(".")), 60)


def _difference(old: list[str], new: list[str]) -> str:
    """Tell two values apart; of many, only those that came or went."""
    if max(len(old), len(new)) == 1:
        return f"{''.join(old) or 'not set'} → {''.join(new) or 'not set'}"
    gone, come = [value for value in old if value not in new], [value for value in new if value not in old]
    if not gone and not come:
        return f"{', '.join(old)} → {', '.join(new)}"
    parts = [f"no longer {', '.join(gone)}"] if gone else []
    return ", ".join([*parts, *([f"now {', '.join(come)}"] if come else [])])


def opened(change: Change) -> Iterator[Danger]:
    """Yield new access from the internet."""
    if change.exposures:
        yield Danger(Allowance.OPEN, change, change.exposures, ("SEC-1", "SEC-2"))


def granted(change: Change) -> Iterator[Danger]:
    """Yield new permissions."""
    if change.grants:
        yield Danger(Allowance.GRANT, change, change.grants, ("SEC-2",))

"""Which changes need an explicit yes, and why: one small function for each kind of danger, for all clouds."""

from collections.abc import Callable, Iterable, Iterator

from tools.diff.model import Change, Danger, Kind
from tools.diff.rules import holds_state, rules
from tools.diff.values import at, short

# The closed list of approvals: what stands before the colon of a trailer, and what it says yes to.
ALLOWANCES = {
    "Allow-Remove": "what holds data, or keeps a promise of the plan, is deleted",
    "Allow-Replace": "what holds data is deleted and made anew, or may be",
    "Allow-Unprotect": "what holds data loses a protection",
    "Allow-Reduce": "less is kept, or recovery is worse",
    "Allow-Open": "the internet reaches more than before",
    "Allow-Grant": "somebody may more than before",
    "Allow-Weaken": "encryption or TLS is weaker",
    "Allow-Change": "a number of the plan changes",
}


def dangers(changes: Iterable[Change], new_environments: frozenset[tuple[str, str]] = frozenset()) -> list[Danger]:
    """Return what needs a yes, worst first.

    Args:
        new_environments: cloud and name of those that the base does not have. What they allow each other endangers
            nothing that exists; what the internet reaches does.
    """
    judges: tuple[Callable[[Change], Iterator[Danger]], ...] = (lost, weakened, opened, granted)
    found = [
        danger
        for change in changes
        for judge in judges
        for danger in judge(change)
        if not (judge is granted and (change.resource.cloud, change.resource.environment) in new_environments)
    ]
    order = list(ALLOWANCES)
    return sorted(found, key=lambda danger: (order.index(danger.allowance), danger.thing, danger.what))


def lost(change: Change) -> Iterator[Danger]:
    """What holds state, or keeps a promise by being there, is deleted."""
    old = change.before
    if old is None or not change.lost:
        return
    known = rules()
    if holds_state(old):
        allowance = "Allow-Remove" if change.kind is Kind.REMOVED else "Allow-Replace"
        yield Danger(allowance, change, f"{known.stateful[old.type]}: {_fate(change)}")
    elif old.type in known.carries and change.kind is Kind.REMOVED:
        yield Danger("Allow-Remove", change, "nothing takes its place", known.carries[old.type])


def _fate(change: Change) -> str:
    """Say what becomes of the data."""
    old = change.before.settings if change.before else {}
    policy = "DeletionPolicy" if change.kind in {Kind.REMOVED, Kind.MOVED} else "UpdateReplacePolicy"
    kept = str(next(at(old, policy), ""))
    becomes = {
        "Retain": "what is there stays behind, unmanaged",
        "RetainExceptOnCreate": "what is there stays behind, unmanaged",
        "Snapshot": "only a last snapshot stays",
    }.get(kept, "what is there is lost")
    if change.kind is Kind.REMOVED:
        return becomes
    if change.kind is Kind.MOVED:
        return f"{becomes}, and an empty one is made as {change.resource.address}"
    return f"{becomes}, and an empty one takes its place" + (" (may be)" if change.kind is Kind.MAY_REPLACE else "")


def weakened(change: Change) -> Iterator[Danger]:
    """A setting got worse, by a rule."""
    if change.before is None or change.after is None:
        return
    known = rules().weakened
    for rule in (*known.get(change.after.type, ()), *known.get("*", ())):
        if rule.type == "*" and not holds_state(change.after):
            continue
        if rule.broken(change.before.settings, change.after.settings):
            values = " → ".join(_all(at(side.settings, rule.setting)) for side in (change.before, change.after))
            yield Danger(f"Allow-{rule.allow}", change, f"{rule.says} (`{rule.setting}`: {values})", rule.promises)


def _all(values: Iterable[object]) -> str:
    written = [short(value, 40) for value in values]
    return ", ".join(written[:3]) + (", …" if len(written) > 3 else "") or "nothing"  # noqa: PLR2004


def opened(change: Change) -> Iterator[Danger]:
    """Somebody on the internet is let in."""
    for door in change.doors:
        yield Danger("Allow-Open", change, door, ("SEC-1", "SEC-2"))


def granted(change: Change) -> Iterator[Danger]:
    """Somebody may more than before."""
    if change.grants:
        first, *more = change.grants
        yield Danger("Allow-Grant", change, first + (f"; and {len(more)} more" if more else ""), ("SEC-2", "SEC-9"))

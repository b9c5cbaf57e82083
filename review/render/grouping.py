"""Grouping of changes for a reader: by environment, by stack, and by what is the same in several resources."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from review.model.change import Change, Difference, Kind
from review.model.danger import Allowance, JudgedDanger
from review.model.report import Cost, EnvironmentReport, Group, StackReport
from review.model.update_effects import update_effects
from review.model.values import text

# So many resources with the very same change are one group.
_MANY = 3
_WORST_FIRST = list(Kind)
_STATES = {Kind.ADDED: "new", Kind.REMOVED: "removed"}


def environments(difference: Difference, costs: Sequence[Cost]) -> list[EnvironmentReport]:
    """Return the changes, by environment and stack."""
    found: dict[tuple[str, str], dict[str, list[Change]]] = defaultdict(lambda: defaultdict(list))
    for change in difference.changes:
        resource = change.resource
        found[resource.cloud, resource.environment][resource.stack].append(change)
    priced = {(cost.cloud, cost.environment): cost for cost in costs}
    return [
        EnvironmentReport(
            cloud,
            name,
            _state((cloud, name), difference),
            [_stack(stack, several) for stack, several in sorted(stacks.items())],
            priced.get((cloud, name)),
        )
        for (cloud, name), stacks in sorted(found.items())
    ]


def _state(environment: tuple[str, str], difference: Difference) -> str:
    if environment in difference.new_environments:
        return "new"
    return "removed" if environment in difference.gone_environments else ""


def _stack(name: str, changes: Sequence[Change]) -> StackReport:
    together: dict[object, list[Change]] = defaultdict(list)
    for change in changes:
        together[_signature(change)].append(change)
    groups = [group for several in together.values() for group in _groups(several)]
    groups.sort(key=lambda group: (_WORST_FIRST.index(group.kind), group.first.resource.address))
    # A stack's own settings come and go with it.
    state = next(
        (_STATES[change.kind] for change in changes if not change.resource.path and change.kind in _STATES), ""
    )
    counted = [change for change in changes if change.resource.path or not state]
    return StackReport(name, state, groups, Counter(change.kind for change in counted))


def _signature(change: Change) -> object:
    if not change.edits:
        return change.kind, change.resource.type, change.because
    return change.kind, tuple((edit.path, text(edit.before), text(edit.after)) for edit in change.edits)


def _groups(changes: Sequence[Change]) -> Iterator[Group]:
    parts = [changes] if len(changes) >= _MANY else [[change] for change in changes]
    for part in parts:
        yield Group(part[0].kind, part, update_effects(part[0]))


def alike_dangers(dangers: Sequence[JudgedDanger]) -> list[list[JudgedDanger]]:
    """Return the dangers, those together that are of one kind, and those first that are not allowed."""
    found: dict[object, list[JudgedDanger]] = {}
    for number, judged in enumerate(sorted(dangers, key=lambda each: each.approval is not None)):
        danger = judged.danger
        alone = number if danger.allowance is Allowance.REPLACE else judged.approval
        key = (danger.title, danger.change.resource.kind, danger.promises, alone)
        found.setdefault(key, []).append(judged)
    return list(found.values())


def things_by_reasons(alike: Sequence[JudgedDanger]) -> Mapping[Sequence[str], list[str]]:
    """Return the names of what is in danger, those together of which the same is said."""
    found: dict[Sequence[str], list[str]] = {}
    for each in alike:
        found.setdefault(each.danger.reasons, []).append(each.danger.thing)
    return found

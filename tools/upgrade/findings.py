"""What an upgrade must not do, and did."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from tools.upgrade.run import Json, StackUpgrade

# What the CDK makes for its own use: the references between stacks, and the names of what it published.
_GENERATED_OUTPUTS = ("ExportsOutput", "PublishOutput")


class Fate(StrEnum):
    """What happened to a resource."""

    KEPT = "kept"
    CHANGED = "changed"
    REPLACED = "replaced"
    ADDED = "added"
    REMOVED = "removed"


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
        return Fate.CHANGED if name in upgrade.changed else Fate.KEPT

    return {name: fate(name) for name in sorted(before.keys() | after.keys())}


def findings(upgrades: Sequence[StackUpgrade], holds_state: Callable[[str, str], bool]) -> list[str]:
    """Return what is wrong with an upgrade, a line each; nothing where nothing is.

    Args:
        upgrades: of every stack.
        holds_state: whether something is lost with the resource of a stack that has a logical id.
    """
    found = []
    for upgrade in upgrades:
        found += _failure(upgrade)
        found += _rollback(upgrade)
        found += _lost_state(upgrade, holds_state)
        found += _outputs(upgrade)
        found += _stale(upgrade, {other.name: other for other in upgrades})
    return found


def _failure(upgrade: StackUpgrade) -> Iterator[str]:
    if upgrade.failed:
        yield f"{upgrade.name}: the update fails. {'; '.join(upgrade.failed)}"
    elif not upgrade.reached:
        yield f"{upgrade.name}: not reached, because an update before it fails"


def _rollback(upgrade: StackUpgrade) -> Iterator[str]:
    back = upgrade.rolled_back
    if back is None:
        return
    if back.status != "UPDATE_ROLLBACK_COMPLETE":
        yield f"{upgrade.name}: an update that fails does not roll back; it leaves the stack {back.status}"
    elif back.ids != upgrade.before.ids:
        differ = sorted(name for name, _ in upgrade.before.ids.items() ^ back.ids.items())
        yield f"{upgrade.name}: an update that fails leaves other resources than before: {', '.join(dict.fromkeys(differ))}"
    elif back.outputs != upgrade.before.outputs:
        differ = sorted(name for name, _ in upgrade.before.outputs.items() ^ back.outputs.items())
        yield f"{upgrade.name}: an update that fails leaves other outputs than before: {', '.join(dict.fromkeys(differ))}"


def _lost_state(upgrade: StackUpgrade, holds_state: Callable[[str, str], bool]) -> Iterator[str]:
    for name, fate in fates(upgrade).items():
        if not holds_state(upgrade.name, name):
            continue
        kind, old = upgrade.before.types.get(name), upgrade.before.ids.get(name)
        if fate is Fate.REPLACED:
            yield f"{upgrade.name}: {name} ({kind}) is replaced: {old} -> {upgrade.after.ids[name]}"
        elif fate is Fate.REMOVED:
            yield f"{upgrade.name}: {name} ({kind}) is removed: {old}"
        elif upgrade.head is None:
            yield f"{upgrade.name}: the application has no such stack any more, and {name} ({kind}) is left in it"


def _outputs(upgrade: StackUpgrade) -> Iterator[str]:
    if upgrade.failed or not upgrade.head:
        return
    for name, value in upgrade.before.outputs.items():
        if name not in upgrade.after.outputs:
            if not name.startswith(_GENERATED_OUTPUTS):
                yield f"{upgrade.name}: the output {name} is gone; it was {value}"
        elif value != upgrade.after.outputs[name] and _written(upgrade.base, name) == _written(upgrade.head, name):
            yield f"{upgrade.name}: the output {name} changes by itself: {value} -> {upgrade.after.outputs[name]}"


def _written(template: Json, output: str) -> Json:
    return template.get("Outputs", {}).get(output, {}).get("Value")


def _stale(upgrade: StackUpgrade, others: Mapping[str, StackUpgrade]) -> Iterator[str]:
    """Name what a stack read when it was deployed last, and what is no longer so.

    A reference between stacks is read when its reader is deployed, and a reader whose template is the same is not
    (docs/decisions/002-weak-references.md).
    """
    if upgrade.base != upgrade.head:
        return
    for other, output in sorted(set(_read(upgrade.head))):
        if other in others:
            before, after = (side.outputs.get(output) for side in (others[other].before, others[other].after))
            if before != after:
                yield (
                    f"{upgrade.name}: still has {before}, which {other}.{output} was before; its own template does not "
                    f"change, so no deploy tells it. Follow with `cdk deploy --force {upgrade.name}`"
                )


def _read(value: Json) -> Iterator[tuple[str, str]]:
    match value:
        case {"Fn::GetStackOutput": {"StackName": str(stack), "OutputName": str(output)}}:
            yield stack, output
        case dict() | list():
            for item in value.values() if isinstance(value, dict) else value:
                yield from _read(item)

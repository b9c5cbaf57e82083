"""Problems of an upgrade: failures, lost state, outputs that go, and outcomes that the diff does not predict."""

from collections.abc import Iterator, Mapping, Sequence

from assembly.references import stack_outputs
from assembly.values import Json
from review.model.change import Change
from review.model.danger import Allowance, JudgedDanger
from review.model.resource import Resource
from review.model.rules import holds_state
from review.try_upgrade.mismatches import Outcome, mismatches, outcomes
from review.try_upgrade.run import StackUpgrade

_ALLOW_LOSS = {Allowance.REMOVE, Allowance.REPLACE}
# What the CDK makes for its own use: the references between stacks, and the names of what it published.
_GENERATED_OUTPUTS = ("ExportsOutput", "PublishOutput")


def problems(
    upgrades: Sequence[StackUpgrade],
    resources: Mapping[tuple[str, str], Resource],
    predicted: Sequence[Change],
    judged: Sequence[JudgedDanger] = (),
) -> list[str]:
    """Return the problems of an upgrade, a line each.

    Args:
        upgrades: of every stack.
        resources: of base and head, by stack and logical id.
        predicted: what the diff says that the upgrade does.
        judged: the dangers of the change, with the approvals of what may be lost.
    """
    found: list[str] = []
    by_name = {upgrade.name: upgrade for upgrade in upgrades}
    allowed = {each.danger.thing for each in judged if each.approval and each.danger.allowance in _ALLOW_LOSS}
    for upgrade in upgrades:
        found += _failure(upgrade)
        found += _rollback(upgrade)
        found += [words for thing, words in _lost_state(upgrade, resources) if thing not in allowed]
        found += _outputs(upgrade)
        found += _stale(upgrade, by_name)
        if upgrade.completed:
            found += mismatches(upgrade, resources, predicted)
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
    for what, was, now in (
        ("resources", upgrade.before.ids, back.ids),
        ("outputs", upgrade.before.outputs, back.outputs),
    ):
        if was != now:
            names = sorted({name for name, _ in was.items() ^ now.items()})
            yield f"{upgrade.name}: an update that fails leaves other {what} than before: {', '.join(names)}"


def _lost_state(upgrade: StackUpgrade, resources: Mapping[tuple[str, str], Resource]) -> Iterator[tuple[str, str]]:
    """Yield the address that an approval must name, and the lost resource."""
    for name, outcome in outcomes(upgrade).items():
        resource, old = resources.get((upgrade.name, name)), upgrade.before.ids.get(name)
        if not resource or not holds_state(resource):
            continue
        what = f"{resource.address} ({resource.type})"
        if outcome is Outcome.REPLACED:
            yield resource.address, f"{what} is replaced: {old} -> {upgrade.after.ids[name]}"
        elif outcome is Outcome.REMOVED:
            yield resource.address, f"{what} is removed: {old}"
        elif upgrade.head is None:
            yield upgrade.name, f"{what} is left in a stack that the application no longer has: {old}"


def _outputs(upgrade: StackUpgrade) -> Iterator[str]:
    if not upgrade.completed:
        return
    for name, value in upgrade.before.outputs.items():
        if name.startswith(_GENERATED_OUTPUTS):
            continue
        now = upgrade.after.outputs.get(name)
        if now is None:
            yield f"{upgrade.name}: the output {name} is gone; it was {value}"
        elif value != now and _written(upgrade.base, name) == _written(upgrade.head, name):
            yield f"{upgrade.name}: the output {name} changes, though it is written as before: {value} -> {now}"


def _written(template: Json, output: str) -> Json:
    return template.get("Outputs", {}).get(output, {}).get("Value")


def _stale(upgrade: StackUpgrade, others: Mapping[str, StackUpgrade]) -> Iterator[str]:
    """Name what a stack read when it was deployed last, and what is no longer so.

    A reference between stacks is read when its reader is deployed, and a reader whose template is the same is not
    (docs/decisions/002-weak-references.md).
    """
    if upgrade.base != upgrade.head:
        return
    for other, output in sorted(set(stack_outputs(upgrade.head))):
        if other in others:
            before, after = (side.outputs.get(output) for side in (others[other].before, others[other].after))
            if before != after:
                yield (
                    f"{upgrade.name}: still has {before} of {other}.{output}, which is now {after}. Its own template "
                    f"is as before, so no deploy tells it: follow with `cdk deploy --force {upgrade.name}`"
                )

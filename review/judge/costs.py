"""Monthly cost of a change, with the prices and the computation of the cost report."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from assembly.clouds import CLOUDS
from assembly.yaml_files import read_yaml
from reports.cost import Bill, Prices, bill
from review.judge.coverage import paths
from review.judge.settings import judgements
from review.model.change import WITHOUT_EFFECT, Change
from review.model.report import Cost
from review.model.values import plain_path

SETTINGS = Path(__file__).parents[1] / "model" / "cost_settings.yaml"
_NOTHING = Bill({}, {}, {}, {})


def costs(cloud: str, before: Path | None, after: Path | None, changes: Sequence[Change] = ()) -> list[Cost]:
    """Return the month of each environment of a cloud, before and after.

    A resource that cannot be priced on one side counts on neither, and is named.

    Args:
        cloud: whose prices count.
        before: the folder of the base; None where it has none.
        after: that of the head.
        changes: what changes, of which some costs although no bill reads it.

    Raises:
        LookupError: no price of the cloud is known.
    """
    if cloud not in CLOUDS:
        raise LookupError(f"reports/cost knows no prices of {cloud}")
    old, new, failed = _bills(before, after)
    settings: dict[str, list[str]] = {}
    for change in changes:
        if found := list(unread(change)):
            settings.setdefault(change.resource.environment, []).extend(found)
    names = sorted({*old.usd, *new.usd, *settings, *(name for each in failed for name in each.unread)})
    return [_cost(cloud, name, old, new, [*settings.get(name, ()), *(_reasons(failed, name))]) for name in names]


def _reasons(failed: Sequence[Bill], name: str) -> Iterator[str]:
    for each in failed:
        yield from each.unread.get(name, {}).values()


def _bills(before: Path | None, after: Path | None) -> tuple[Bill, Bill, Sequence[Bill]]:
    """Return the bills of both sides without what either cannot price, and those that name it."""
    first = _bill(after, ())
    old = first if before == after and not first.unread else _bill(before, _addresses(first))
    new = _bill(after, _addresses(first, old)) if old.unread else first
    return old, new, (first, old)


def _bill(folder: Path | None, without: Sequence[str]) -> Bill:
    return bill(folder, Prices(), tolerant=True, without=without) if folder else _NOTHING


def _addresses(*bills: Bill) -> Sequence[str]:
    return [address for each in bills for found in each.unread.values() for address in found]


@cache
def cost_settings() -> Mapping[str, Sequence[str]]:
    """Return the settings that cost and that no bill reads, by type."""
    found: Mapping[str, Sequence[str]] = read_yaml(SETTINGS)
    return found


def unread(change: Change) -> Iterator[str]:
    """Yield what a change costs that no bill reads: ``AWS::RDS::DBInstance Iops``; nothing of a removed resource."""
    known = cost_settings().get(change.resource.type, ())
    if not known or change.after is None:
        return
    if change.before is None:
        touched = list(paths(change.after.settings))
    else:
        edits = (each.edit for each in judgements(change))
        touched = [plain_path(edit.path) for edit in edits if edit.effect not in WITHOUT_EFFECT]
    for name in known:
        if any(path == name or path.startswith(f"{name}.") for path in touched):
            yield f"{change.resource.type} {name}"


def _cost(cloud: str, name: str, old: Bill, new: Bill, unpriced: Sequence[str]) -> Cost:
    here, there = old.usd.get(name, {}), new.usd.get(name, {})
    types = new.unknown.get(name, {}).keys() - old.unknown.get(name, {}).keys()
    return Cost(
        cloud,
        name,
        sum(here.values()),
        sum(there.values()),
        tuple(_parts(dict(here), dict(there))),
        tuple(sorted({*types, *unpriced})),
    )


def _parts(before: dict[str, float], after: dict[str, float]) -> Iterator[tuple[str, float]]:
    for component in sorted({*before, *after}):
        difference = after.get(component, 0) - before.get(component, 0)
        if abs(difference) >= 1:
            yield component, difference

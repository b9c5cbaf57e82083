"""Monthly cost of a change, with the prices and the computation of the cost report."""

from collections.abc import Iterator
from pathlib import Path

from reports.cost import Bill, Prices, bill
from review.model.report import Cost

_PRICED = {"aws", "gcp"}
_NOTHING = Bill({}, {}, {}, {})


def costs(cloud: str, before: Path | None, after: Path | None) -> list[Cost]:
    """Return the month of each environment of a cloud, before and after.

    Raises:
        LookupError: a resource asks for a price that the file does not have; the message names it.
    """
    if cloud not in _PRICED:
        raise LookupError(f"reports/cost knows no prices of {cloud}")
    old, new = (bill(side, Prices()) if side else _NOTHING for side in (before, after))
    return [_cost(cloud, name, old, new) for name in sorted({*old.usd, *new.usd})]


def _cost(cloud: str, name: str, old: Bill, new: Bill) -> Cost:
    here, there = old.usd.get(name, {}), new.usd.get(name, {})
    return Cost(
        cloud,
        name,
        sum(here.values()),
        sum(there.values()),
        tuple(_parts(dict(here), dict(there))),
        tuple(sorted(new.unknown.get(name, {}).keys() - old.unknown.get(name, {}).keys())),
    )


def _parts(before: dict[str, float], after: dict[str, float]) -> Iterator[tuple[str, float]]:
    for component in sorted({*before, *after}):
        difference = after.get(component, 0) - before.get(component, 0)
        if abs(difference) >= 1:
            yield component, difference

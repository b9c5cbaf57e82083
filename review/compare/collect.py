"""Compares what each cloud has on both sides, and says what the difference costs."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

from review.compare.clouds import Difference, compare
from review.judge.costs import Cost, costs

# Where a cloud's synthesized output is before and after; None is a side without that cloud.
Assemblies = Callable[[str], tuple[Path | None, Path | None]]


@dataclass(frozen=True)
class Weighed:
    """What changes in all clouds.

    Attributes:
        costs: of each environment, where they can be computed.
        notes: what could not be computed, and why.
    """

    difference: Difference
    costs: Sequence[Cost]
    notes: Sequence[str]


def weighed(clouds: Sequence[str], assemblies: Assemblies) -> Weighed:
    """Return what changes in some clouds; they are synthesized and compared side by side."""
    with ThreadPoolExecutor(max_workers=len(clouds)) as workers:
        found = list(workers.map(lambda cloud: _of_cloud(cloud, assemblies), clouds))
    return Weighed(
        reduce(or_, (each.difference for each in found)),
        [cost for each in found for cost in each.costs],
        [note for each in found for note in each.notes],
    )


def _of_cloud(cloud: str, assemblies: Assemblies) -> Weighed:
    before, after = assemblies(cloud)
    difference = compare(before, after)
    try:
        return Weighed(difference, costs(cloud, before, after), [])
    except LookupError as error:
        return Weighed(difference, [], [f"The costs in {cloud} cannot be computed: {error.args[0]}"])

"""Promises that a cloud's stacks do not keep yet, with the reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("not_yet.yaml")


@dataclass(frozen=True, kw_only=True)
class NotYet:
    """Promises that a cloud does not keep for one reason.

    Attributes:
        reason: the reason.
        promises: their names, or patterns of names.
    """

    reason: str
    promises: Sequence[str]


@cache
def not_yet(cloud: str) -> Sequence[NotYet]:
    """Return what a cloud, by its name in the code, does not keep yet."""
    return [NotYet(**row) for row in yaml.safe_load(_FILE.read_text(encoding="utf-8")).get(cloud, ())]


def render_not_yet(clouds: Mapping[str, str]) -> Iterator[str]:
    """Yield the section of the page, nothing where every cloud keeps all; ``clouds`` are their titles by name."""
    rows = [(title, row) for cloud, title in clouds.items() for row in not_yet(cloud)]
    if rows:
        yield from ("", "## Not yet", "", "| promise | not yet on | reason |", "|---|---|---|")
    for title, row in rows:
        yield f"| {'; '.join(row.promises)} | {title} | {row.reason} |"

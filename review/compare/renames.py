"""Renamed resources: the same construct under a new id, or a construct that was renamed or moved."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from assembly.values import Json, leaves_with_paths
from review.model.resource import Resource
from review.model.values import text

# How much of what is written must be the same: most of it, or half where the last part of the path is, too.
_ALIKE = 0.8
_ALIKE_WITH_NAME = 0.5


class Rename(NamedTuple):
    """A resource of the base, and what it is called in the head."""

    old: Resource
    new: Resource


def renames(gone: Sequence[Resource], new: Sequence[Resource]) -> list[Rename]:
    """Match resources that are gone with new ones; only of the same type in the same environment."""
    candidates: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
    for resource in new:
        candidates[resource.cloud, resource.environment, resource.type].append(resource)
    scored = [
        (_score(old, other), old, other) for old in gone for other in candidates[old.cloud, old.environment, old.type]
    ]
    found: list[Rename] = []
    taken: set[tuple[str, str]] = set()
    for _, old, other in sorted(
        (entry for entry in scored if entry[0] > 0), key=lambda entry: (-entry[0], entry[1].address, entry[2].address)
    ):
        if not taken & {(old.address, old.id), (other.address, other.id)}:
            taken |= {(old.address, old.id), (other.address, other.id)}
            found.append(Rename(old, other))
    return found


def _score(old: Resource, new: Resource) -> float:
    if (old.stack, old.path) == (new.stack, new.path):
        return 100
    here, there = old.path.split("/"), new.path.split("/")
    alike = _likeness(old.settings, new.settings)
    same_name = here[-1] == there[-1]
    if alike < (_ALIKE_WITH_NAME if same_name else _ALIKE):
        return 0
    return alike + sum(1 for one, other in zip(reversed(here), reversed(there), strict=False) if one == other)


def _likeness(old: Json, new: Json) -> float:
    """Return which share of the written values is the same, references apart: those may have got new names, too."""
    here, there = _written(old), _written(new)
    return len(here & there) / len(here | there) if here | there else 1


def _written(settings: Json) -> set[tuple[str, str]]:
    return {(path, re.sub(r"\$\{[^}]*\}", "${}", text(value))) for path, value in leaves_with_paths(settings)}

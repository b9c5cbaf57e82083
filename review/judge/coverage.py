"""Coverage of the verdicts: how much of what is synthesized a change of which would be judged, and how."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from assembly.values import Json
from review.model.change import Verdict
from review.model.report import Coverage
from review.model.resource import Resource, Stack
from review.model.verdicts.rows import Row, verdicts


def coverage(stacks: Mapping[str, Stack]) -> list[Coverage]:
    """Return for each environment how many of its settings have which verdict, by what a change of them could be."""
    counts: dict[tuple[str, str], Counter[Verdict]] = {}
    for stack in stacks.values():
        for resource in stack.resources.values():
            found = counts.setdefault((resource.cloud, resource.environment), Counter())
            found.update(verdict_of(resource, path) for path in paths(resource.settings))
    return [Coverage(cloud, name, found) for (cloud, name), found in sorted(counts.items())]


def verdict_of(resource: Resource, path: str) -> Verdict:
    """Return what a change of a setting could be at the worst: a danger, harmless, or not judged."""
    always, rows = _of(resource.type, path)
    for row in rows:
        if row.holds_for(resource.settings, resource.settings):
            return _worst(row)
    return always


@cache
def _of(kind: str, path: str) -> tuple[Verdict, Sequence[Row]]:
    """Return the verdict on a setting of every resource of a type, and rows before it that only some of them have."""
    known = verdicts()
    some: list[Row] = []
    for row in (row for rows in known.of_setting(kind, path) for row in rows):
        if not row.where:
            return _worst(row), some
        some.append(row)
    of_type = known.types.get(kind, ())
    if any(row.rest for row in of_type):
        return Verdict.DANGER, some
    return (Verdict.HARMLESS if any(row.rest_harmless for row in of_type) else Verdict.UNJUDGED), some


def _worst(row: Row) -> Verdict:
    return Verdict.HARMLESS if row.worse == "never" else Verdict.DANGER


def paths(value: Json, path: str = "") -> Iterator[str]:
    """Yield the path of each setting, without the places of items."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from paths(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for item in value:
            yield from paths(item, path)
    else:
        yield path

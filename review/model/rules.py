"""Rules of dangers, read from ``rules.yaml``."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from assembly import stateful
from assembly.values import Json, at
from review.model.change import Change, Kind
from review.model.danger import Allowance
from review.model.resource import Resource
from review.model.values import number, plain_path, text

FILE = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True)
class Rule:
    """A setting of a type that must not get worse without a trailer.

    Attributes:
        worse: ``off``, ``on``, ``lower``, ``higher``, ``gone``, ``changed``, or the values in order, best first.
        allow: the trailer that allows it, without ``Allow-``.
        says: what it means that it gets worse.
        promises: of the plan, that it carries.
        default: what holds where the setting is not written.
        where: only resources whose settings match these patterns.
    """

    type: str
    setting: str
    worse: str | Sequence[Json]
    allow: str
    says: str
    promises: tuple[str, ...] = ()
    default: Json = None
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def allowance(self) -> Allowance:
        """The trailer that allows it."""
        return Allowance[self.allow.upper()]

    def broken(self, before: Json, after: Json) -> bool:
        """Return whether the settings of a resource got worse by this rule."""
        if not _matches(after, self.where):
            return False
        old, new = self._values(before), self._values(after)
        if old == new:
            return False
        if isinstance(self.worse, str):
            return _WORSE[self.worse](old, new)
        return _rank(self.worse, new) > _rank(self.worse, old)

    def _values(self, settings: Json) -> list[Json]:
        return list(at(settings, self.setting)) or ([] if self.default is None else [self.default])


def _matches(settings: Json, where: Mapping[str, str]) -> bool:
    return all(re.search(pattern, text(next(at(settings, name), ""))) for name, pattern in where.items())


def _is(value: Json, wanted: bool) -> bool:
    return value is wanted or str(value).lower() == str(wanted).lower()


def _turned(old: list[Json], new: list[Json], to: bool) -> bool:
    """Return whether more of the values are now ``to``; a missing value counts as off."""
    return sum(_is(value, to) for value in new) > sum(_is(value, to) for value in old) or (
        not to and any(_is(value, True) for value in old) and len(new) < len(old)
    )


def _lower(old: list[Json], new: list[Json]) -> bool:
    known = [[number(value) for value in values] for values in (old, new)]
    here, there = ([value for value in values if value is not None] for values in known)
    if len(here) != len(there):
        return len(there) < len(here) or (not here and bool(there) and not math.isinf(min(there)))
    return any(one > other for one, other in zip(here, there, strict=True))


_WORSE: Mapping[str, Callable[[list[Json], list[Json]], bool]] = {
    "off": lambda old, new: _turned(old, new, to=False),
    "on": lambda old, new: _turned(old, new, to=True),
    "lower": _lower,
    "higher": lambda old, new: _lower(new, old),
    "gone": lambda old, new: len(new) < len(old),
    "changed": lambda old, new: old != new,
}


def _rank(order: Sequence[Json], values: list[Json]) -> int:
    """Return the place of the worst value; one that the order does not know is worse than all."""
    known = [str(value).lower() for value in order]
    places = [known.index(str(value).lower()) if str(value).lower() in known else len(known) for value in values]
    return max(places, default=len(known))


@dataclass(frozen=True)
class Requirement:
    """Type whose existence keeps promises of the plan.

    Attributes:
        promises: of the plan.
        where: only resources whose settings match these patterns.
    """

    type: str
    promises: Sequence[str]
    where: Mapping[str, str] = field(default_factory=dict)

    def holds_for(self, resource: Resource) -> bool:
        """Return whether a resource keeps these promises."""
        return resource.type == self.type and _matches(resource.settings, self.where)


@dataclass(frozen=True)
class Meaning:
    """Meaning of a change for the users of a resource type.

    Attributes:
        says: the meaning, in words.
        kinds: only what happens so; any kind where empty.
        settings: only where one of these changes; any setting where empty.
    """

    type: str
    says: str
    kinds: Sequence[Kind] = ()
    settings: Sequence[str] = ()

    def holds_for(self, change: Change) -> bool:
        """Return whether a change has this meaning."""
        if change.resource.type != self.type or (self.kinds and change.kind not in self.kinds):
            return False
        paths = {plain_path(edit.path) for edit in change.edits}
        return not self.settings or any(
            path == name or path.startswith(f"{name}.") for path in paths for name in self.settings
        )


@dataclass(frozen=True)
class Rules:
    """Content of ``rules.yaml``.

    Attributes:
        required: types that keep promises by being there.
        weakened: settings that must not get worse, by type.
        in_place: properties, by type, that CloudFormation's registry says may replace a resource, and do not.
        replaced_only_when_shrunk: arguments, by type, whose conditional replacement happens only when they get smaller.
        meanings: what changes of a type mean, in words.
    """

    required: Sequence[Requirement]
    weakened: Mapping[str, Sequence[Rule]]
    in_place: Mapping[str, Sequence[str]]
    replaced_only_when_shrunk: Mapping[str, Sequence[str]]
    meanings: Sequence[Meaning]


@cache
def rules() -> Rules:
    """Return the file's content."""
    data: Json = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    weakened: dict[str, list[Rule]] = {}
    for row in data.pop("weakened"):
        rule = Rule(**{**row, "promises": tuple(row.get("promises", ()))})
        weakened.setdefault(rule.type, []).append(rule)
    return Rules(
        required=[Requirement(**row) for row in data.pop("required")],
        meanings=[Meaning(**row) for row in data.pop("meanings")],
        weakened=weakened,
        **data,
    )


def holds_state(resource: Resource) -> bool:
    """Return whether data is lost with a resource."""
    return stateful.holds_state(resource.type, resource.path)


def required_promises(resource: Resource) -> tuple[str, ...]:
    """Return the promises that a resource keeps by being there."""
    return tuple(name for each in rules().required if each.holds_for(resource) for name in each.promises)


def meanings(change: Change) -> list[str]:
    """Return the meanings of a change for users of the resource, where they are known."""
    return [meaning.says for meaning in rules().meanings if meaning.holds_for(change)]

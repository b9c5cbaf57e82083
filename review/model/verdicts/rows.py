"""Reader of the verdicts' rows, and the question whether a setting got worse by one of them.

A file holds lists of these rows. ``shared.yaml`` holds what counts for all types and on all clouds.

``dangers`` (only in ``shared.yaml``) are dangers whose meaning is one on all clouds; a row of ``settings`` names one of
them by ``danger``, or says ``worse``, ``allow`` and ``says`` itself. ``settings`` are settings that can get worse.
``harmless`` are settings whose change does no harm, with the reason. ``defaults`` are what holds where a setting is not
written: to write it, or to take it out, changes nothing. ``types`` say what a type carries, and what its
coming and going means, and a change of any setting that has no row of its own.

Of several rows for a setting the one with the longest path counts; of two alike, that of the type before one of all
types (``*``). A row also counts for what stands below its setting. One whose path begins with ``**`` counts for a
setting at any depth that no other row names.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from pathlib import Path

from assembly.values import Json, at
from assembly.yaml_files import read_yaml
from review.model.change import NOT_SET, Verdict
from review.model.danger import Allowance
from review.model.resource import Resource
from review.model.values import number, text

FOLDER = Path(__file__).parent
ALL = "*"
# Values of which a condition chooses one. A review does not know which, so the worst counts.
_IF = "Fn::If"
_NO_VALUE = "${AWS::NoValue}"
_ALARM = re.compile(r"ALARM\([^)]*\)")
_BRANCHES = 3
_ANYWHERE = "**"
_CLOUDFORMATION = "::"
# The value of an enumeration that is none ("Enumerations", Google's API Improvement Proposal 126).
_NO_CHOICE = re.compile(r"_(UNSPECIFIED|DEFAULT)$")
_SIZES = ("nano", "micro", "small", "medium", "large", "xlarge")
# Seconds of what durations are written in, and the multiples of quantities of Kubernetes ("Quantity", its API).
_DURATION = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(%|s|m|k|[KMGT]i?)")
_MULTIPLES = {"%": 1, "s": 1, "m": 0.001, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


class _NotPlain(Exception):
    """Verdict of its own: a value is no plain one, so whether it is worse is unknown."""


@dataclass(frozen=True)
class Row:
    """Meaning of a change of a setting of a type.

    Attributes:
        setting: its path, without the places of items. A name may be ``*``, and the first one ``**``: any path.
        worse: ``off``, ``on``, ``lower``, ``higher``, ``gone``, ``added`` (one more), ``edited`` (in a list: all but
            a new item), ``smaller`` (a size such as ``large``), ``share`` (a
            weight, which says nothing where its item is the only one), ``fewer alarms`` (a rule that loses one of
            those of which any is enough), ``changed``, ``never``, ``judged elsewhere`` (by the statements of a
            policy), ``not narrower`` (by the traffic that passes), or the values in order, best first.
        allow: the trailer that allows it, without ``Allow-``.
        says: what it means that it gets worse; of ``never``, why it does no harm.
        promises: of the plan, that it carries.
        default: what holds where the setting is not written.
        where: only resources whose settings match these patterns, before or after.
        new: whether a new resource must not have a worse value than the best, either.
        danger: the shared danger that it is an instance of.
        up_to: a number up to which more is not worse.
        source: where the default or the meaning is documented.
        unset: why no resource of today's output has it and no default fills it.
    """

    type: str
    setting: str
    worse: str | Sequence[Json]
    allow: str = ""
    says: str = ""
    promises: tuple[str, ...] = ()
    default: Json = NOT_SET
    where: Mapping[str, str] = field(default_factory=dict)
    new: bool = False
    danger: str = ""
    up_to: float = -math.inf
    source: str = ""
    unset: str = ""

    @property
    def allowance(self) -> Allowance:
        """The trailer that allows it."""
        return Allowance[self.allow.upper()]

    @cached_property
    def parts(self) -> Sequence[str]:
        """The names of its path."""
        return self.setting.split(".")

    def holds_for(self, before: Json, after: Json) -> bool:
        """Return whether the row counts for a resource, which matches ``where`` on either side."""
        return any(matches(side, self.where) for side in (before, after) if side is not NOT_SET)

    def verdict(self, old: Json, new: Json, before: Json, after: Json) -> Verdict:
        """Return the verdict on a change of the setting, or of something below it.

        Args:
            old: the setting's value before; ``NOT_SET`` where there is none.
            new: its value after.
            before: all settings of the resource before.
            after: all after.
        """
        if self.worse == "never":
            return Verdict.HARMLESS
        if self.worse in ("gone", "added"):
            return self._counted(before, after)
        if self.worse == "share":
            above = ".".join(self.parts[:-1])
            alone = all(len(list(at(side, above))) == 1 for side in (before, after))
            return Verdict.HARMLESS if alone else Verdict.DANGER
        if self.default is not NOT_SET:
            old, new = (self.default if side is NOT_SET else side for side in (old, new))
            if _plain(old) == _plain(new):
                return Verdict.HARMLESS
        if self.worse == "changed":
            return Verdict.DANGER
        if self.worse == "fewer alarms":
            return Verdict.HARMLESS if _goes_off_as_often(text(old), text(new)) else Verdict.DANGER
        try:
            worse = _is_worse(self.worse, old, new, self.up_to)
        except _NotPlain:
            return Verdict.DANGER
        return Verdict.UNJUDGED if worse is None else Verdict.DANGER if worse else Verdict.HARMLESS

    def _counted(self, before: Json, after: Json) -> Verdict:
        """Return the verdict by how many there are of the setting."""
        here, there = (len(list(at(side, self.setting))) for side in (before, after))
        if here == there:
            return Verdict.UNJUDGED
        return Verdict.DANGER if (there < here) is (self.worse == "gone") else Verdict.HARMLESS

    def is_bad_start(self, settings: Json) -> bool:
        """Return whether a new resource has a worse value than the best by this row, or nobody can tell."""
        values = list(at(settings, self.setting)) or [self.default]
        if self.worse == "gone":
            return values == [NOT_SET]
        try:
            if self.worse in ("off", "on"):
                return any(_is(each, self.worse == "on") for value in values for each in _branches(value))
        except _NotPlain:
            return True
        return not isinstance(self.worse, str) and any(_rank(self.worse, value) > 0 for value in values)


def matches(settings: Json, where: Mapping[str, str]) -> bool:
    """Return whether settings match patterns, by the path of each."""
    return all(any(re.search(pattern, text(value)) for value in at(settings, name)) for name, pattern in where.items())


def _goes_off_as_often(old: str, new: str) -> bool:
    """Return whether a rule of a composite alarm has all alarms that it had, and any of them is enough."""
    here, there = (set(_ALARM.findall(rule)) for rule in (old, new))
    return here <= there and all(re.fullmatch(r"(\(|\)|\bOR\b|\s)*", _ALARM.sub("", rule)) for rule in (old, new))


def _plain(value: Json) -> str:
    """Return a value as text; both clouds accept a number or a truth value as one."""
    return text(value).lower() if isinstance(value, bool | int | float | str) else text(value)


def _is_worse(worse: str | Sequence[Json], old: Json, new: Json, up_to: float = -math.inf) -> bool | None:
    """Return whether a value is worse than another; None where one is not written and no default is known.

    Args:
        worse: as in a row.
        old: the value before.
        new: the value after.
        up_to: a number up to which more is not worse.

    Raises:
        _NotPlain: the new one is no plain value.
    """
    if _condition(old) is not None and _condition(old) == _condition(new):
        pairs = zip(old[_IF][1:], new[_IF][1:], strict=True)
        return any(_is_worse(worse, one, other, up_to) is not False for one, other in pairs if one != other)
    here, there = list(_branches(old)), list(_branches(new))
    if isinstance(worse, str) and worse in {"lower", "higher", "smaller"}:
        if NOT_SET in here or NOT_SET in there:
            return None
        if worse == "smaller":
            return min(map(_size, there)) < min(map(_size, here))
        one, other = ([_number(value) for value in side] for side in (here, there))
        return min(other) < min(one) if worse == "lower" else max(other) > max(*one, up_to)
    if worse in ("off", "on"):
        return any(_is(value, worse == "on") for value in there) and not any(
            _is(value, worse == "on") for value in here
        )
    ranks = [max(_rank(worse, value) for value in side) for side in (here, there)]
    return ranks[1] > ranks[0] or ranks[1] == len(worse)


def _condition(value: Json) -> Json:
    """Return the name of the condition that chooses between two values; None where none does."""
    is_choice = isinstance(value, dict) and isinstance(value.get(_IF), list) and len(value[_IF]) == _BRANCHES
    return value[_IF][0] if is_choice else None


def _branches(value: Json) -> Iterator[Json]:
    """Yield the plain values that a value may stand for."""
    if _condition(value) is not None:
        for branch in value[_IF][1:]:
            yield from _branches(branch)
    elif value == _NO_VALUE:
        yield NOT_SET
    elif value is NOT_SET or (isinstance(value, bool | int | float | str) and "${" not in text(value)):
        yield value
    else:
        raise _NotPlain


def _number(value: Json) -> float:
    """Return a number, also of a duration or quantity such as ``604800s``, ``rate(30 days)``, ``500m`` and ``1Gi``.

    Raises:
        _NotPlain: it is none.
    """
    if isinstance(value, str) and (rate := _DURATION.fullmatch(value)):
        return int(rate[1]) * _SECONDS[rate[2]]
    if isinstance(value, str) and (quantity := _QUANTITY.fullmatch(value)):
        return float(quantity[1]) * {**_MULTIPLES, **_BINARY}[quantity[2]]
    found = number(value)
    if found is None:
        raise _NotPlain
    return found


def _is(value: Json, wanted: bool) -> bool:
    """Return whether a value is on, or off; one that is not written is off.

    Raises:
        _NotPlain: it is neither.
    """
    if value is NOT_SET:
        return not wanted
    known = {"true": True, "false": False}.get(str(value).lower())
    if known is None:
        raise _NotPlain
    return known is wanted


def _rank(order: Sequence[Json], value: Json) -> int:
    """Return the place of a value; one that the order does not know is worse than all."""
    known = [_plain(each) for each in order]
    return known.index(_plain(value)) if _plain(value) in known else len(known)


def _size(value: Json) -> tuple[float, ...]:
    """Return a size as numbers that can be compared: ``db.m7g.2xlarge``, ``db-custom-4-16384``, ``512``.

    Raises:
        _NotPlain: it has no size.
    """
    words = str(value).lower().replace("-", ".").split(".")
    multiple = re.fullmatch(r"(\d*)xlarge", words[-1])
    if multiple:
        return (_SIZES.index("xlarge") + float(multiple[1] or 1) - 1,)
    if words[-1] in _SIZES:
        return (float(_SIZES.index(words[-1])),)
    digits = tuple(float(each) for each in words if each.isdigit())
    if not digits:
        raise _NotPlain
    return digits


@dataclass(frozen=True)
class TypeRow:
    """Promises of a type of resource, and what its coming and going means.

    Attributes:
        promises: of the plan, that it carries.
        where: only resources whose settings match these patterns, before or after.
        rest: what a change of a setting means that has no row: a danger; not judged where empty.
        rest_allow: the trailer that allows it, without ``Allow-``.
        rest_harmless: why such a change does no harm.
        added: what it means that one comes: a danger; harmless where empty.
        added_allow: the trailer that allows it, without ``Allow-``.
        gone: what it means that one goes.
        gone_harmless: why it does no harm that one goes.
        part_of: settings that refer to what it is a part of: with that, it goes unsaid.
    """

    type: str
    promises: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    rest: str = ""
    rest_allow: str = "Change"
    rest_harmless: str = ""
    added: str = ""
    added_allow: str = "Grant"
    gone: str = "nothing takes its place"
    gone_harmless: str = ""
    part_of: tuple[str, ...] = ()

    def holds_for(self, resource: Resource) -> bool:
        """Return whether the row counts for a resource."""
        return matches(resource.settings, self.where)


@dataclass(frozen=True)
class SharedDanger:
    """A danger whose meaning is one on all clouds.

    Attributes:
        name: by which rows name it.
        only: why it has rows of one cloud only.
    """

    name: str
    worse: str | Sequence[Json]
    allow: str
    says: str
    only: str = ""


@dataclass(frozen=True)
class Verdicts:
    """All rows of all files.

    Attributes:
        dangers: the shared ones, by name.
        rows: of settings, by type.
        types: by type.
        defaults: what holds where a setting is not written, by type and setting.
        lenient: a pattern of stacks in which what is not judged needs no yes.
    """

    dangers: Mapping[str, SharedDanger]
    rows: Mapping[str, Sequence[Row]]
    types: Mapping[str, Sequence[TypeRow]]
    defaults: Mapping[tuple[str, str], Json]
    lenient: re.Pattern[str]

    def of_setting(self, kind: str, path: str) -> Sequence[Sequence[Row]]:
        """Return the rows of a setting of a type, those together that count alike, the closest first."""
        return _of_setting(kind, path)

    def says_default(self, kind: str, path: str, old: Json, new: Json) -> bool:
        """Return whether a setting that comes, or goes, has the value that holds without it.

        Of what no row names on AWS, a truth value is false where nothing is written, unless ``defaults`` says
        otherwise; what Terraform's providers fill in is told by what they do. A word such as
        ``OWNERSHIP_SCOPE_UNSPECIFIED`` leaves the choice to the cloud, as nothing does.
        """
        is_named = any(row.parts[0] != _ANYWHERE for rows in self.of_setting(kind, path) for row in rows)
        default = self.defaults.get((kind, path), False if _CLOUDFORMATION in kind and not is_named else NOT_SET)
        written = [side for side in (old, new) if side is not NOT_SET]
        if len(written) != 1:
            return False
        is_no_choice = isinstance(written[0], str) and bool(_NO_CHOICE.search(written[0]))
        return is_no_choice or (default is not NOT_SET and _plain(written[0]) == _plain(default))

    def of_type(self, resource: Resource) -> TypeRow | None:
        """Return the first row of a resource's type; None where nothing is known of it."""
        return next((row for row in self.types.get(resource.type, ()) if row.holds_for(resource)), None)

    def promises(self, resource: Resource) -> tuple[str, ...]:
        """Return the promises that a resource carries."""
        rows = [row for row in self.types.get(resource.type, ()) if row.holds_for(resource)]
        return tuple(dict.fromkeys(name for row in rows for name in row.promises))


@cache
def verdicts() -> Verdicts:
    """Return all rows."""
    content = {file.stem: read_yaml(file) for file in sorted(FOLDER.glob("*.yaml"))}
    shared = content["shared"]
    dangers = {each["name"]: SharedDanger(**each) for each in shared["dangers"]}
    rows: dict[str, list[Row]] = {}
    types: dict[str, list[TypeRow]] = {}
    defaults = {
        (each["type"], each["setting"]): each["is"]
        for data in content.values()
        for typed in data.get("defaults", ())
        for setting in _spread(typed, "type", "types")
        for each in _spread(setting, "setting", "settings")
    }
    for data in content.values():
        for row in (*_rows(data.get("settings", ()), dangers), *_harmless(data.get("harmless", ()))):
            known = defaults.get((row.type, row.setting), row.default)
            rows.setdefault(row.type, []).append(replace(row, default=known))
        for entry in data.get("types", ()):
            for each in _spread(entry, "type", "types"):
                kind = TypeRow(**_with_tuples(each, "promises", "part_of"))
                types.setdefault(kind.type, []).append(kind)
    return Verdicts(dangers, rows, types, defaults, re.compile(shared["lenient"]))


def _rows(entries: Sequence[Json], dangers: Mapping[str, SharedDanger]) -> Iterator[Row]:
    for entry in entries:
        for typed in _spread(entry, "type", "types"):
            for each in _spread(typed, "setting", "settings"):
                shared = dangers[each["danger"]] if "danger" in each else None
                given = {"worse": shared.worse, "allow": shared.allow, "says": shared.says} if shared else {}
                yield Row(**_with_tuples({**given, **each}, "promises"))


def _harmless(entries: Sequence[Json]) -> Iterator[Row]:
    for entry in entries:
        for typed in _spread(entry, "type", "types"):
            for each in _spread(typed, "setting", "settings"):
                known = {**each, "worse": "never", "says": each["because"]}
                yield Row(**{name: value for name, value in known.items() if name in _ROW_FIELDS})


def _spread(entry: Json, one: str, several: str) -> Iterator[Json]:
    """Yield an entry for each of the names that it lists."""
    names = entry.get(several, [entry[one]] if one in entry else [])
    for name in names:
        yield {**{key: value for key, value in entry.items() if key != several}, one: name}


def _with_tuples(entry: Json, *names: str) -> Json:
    return {**entry, **{name: tuple(entry[name]) for name in names if name in entry}}


_ROW_FIELDS = {each.name for each in fields(Row)}


@cache
def _of_setting(kind: str, path: str) -> Sequence[Sequence[Row]]:
    parts = path.split(".")
    found: dict[tuple[int, int, bool], list[Row]] = {}
    of_type = _by_first_name(kind)
    for row in (*of_type.get(parts[0], ()), *of_type.get(ALL, ()), *of_type.get(_ANYWHERE, ())):
        if row.parts[0] == _ANYWHERE:
            if parts[-len(row.parts) + 1 :] == row.parts[1:]:
                found.setdefault((0, len(row.parts), row.type != ALL), []).append(row)
        elif len(row.parts) <= len(parts) and all(
            mine in (ALL, other) for mine, other in zip(row.parts, parts, strict=False)
        ):
            literal = sum(part != ALL for part in row.parts)
            found.setdefault((len(row.parts), literal, row.type != ALL), []).append(row)
    return [found[rank] for rank in sorted(found, reverse=True)]


@cache
def _by_first_name(kind: str) -> Mapping[str, Sequence[Row]]:
    """Return the rows of a type, and of all types, by the first name of their settings."""
    found: dict[str, list[Row]] = {}
    for row in (*verdicts().rows.get(kind, ()), *verdicts().rows.get(ALL, ())):
        found.setdefault(row.parts[0], []).append(row)
    return found

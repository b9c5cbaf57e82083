"""Values of settings: how two differ, and how one is read and written."""

import base64
import json
import math
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from assembly.values import Json
from review.model.change import NOT_SET, Edit

# Lists whose order means nothing, in each cloud's words. Any other order may mean something, so a change of it shows.
_SETS = {
    "Action",
    "Aliases",
    "AllowedMethods",
    "CachedMethods",
    "DependsOn",
    "ManagedPolicyArns",
    "Resource",
    "Rules",
    "SecurityGroupEgress",
    "SecurityGroupIds",
    "SecurityGroupIngress",
    "SecurityGroups",
    "Statement",
    "SubnetIds",
    "Subnets",
    "VPCSecurityGroups",
    "authorized_networks",
    "data_locations",
    "database_flags",
    "depends_on",
    "lifecycle_rule",
    "members",
    "source_ranges",
}
# What names the value beside it, in each cloud's words.
_NAMES = {
    "HeaderValue": ("HeaderName",),
    "ParameterValue": ("ParameterKey",),
    "Value": ("Name", "Key"),
    "value": ("name", "key"),
}
# What tells the items of a list apart, in each cloud's words.
_ITEM_NAMES = ("Name", "name", "Id", "id", "Key", "key", "RuleName", "Sid")
# How much of a value is shown where there is room, and where there is none.
LONG, SHORT = 300, 120
# A text that may be in base64; a shorter one rather is a name.
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
# Of two long values, so much is shown that is the same before the difference.
_BEFORE_DIFFERENCE = 30


def sorted_sets(value: Json, key: str = "") -> Json:
    """Return a value with the lists in order whose order means nothing."""
    if isinstance(value, dict):
        return {name: sorted_sets(item, name) for name, item in value.items()}
    if isinstance(value, list):
        items = [sorted_sets(item) for item in value]
        return sorted(items, key=text) if key in _SETS else items
    return value


def edits(before: Json, after: Json) -> list[Edit]:
    """Return the differences between two settings, in the order of the paths."""
    if json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True):
        return []
    return sorted(_differences(before, after, "", ""), key=lambda edit: edit.path)


def _differences(before: Json, after: Json, path: str, key: str, name: str = "") -> Iterator[Edit]:
    """Yield what differs in two values.

    Args:
        before: NOT_SET where there is none.
        after: NOT_SET where there is none.
        path: where they stand.
        key: the last name in the path.
        name: what names the values where their path does not: that of a container's variable.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for each in sorted({*before, *after}):
            sides = before.get(each, NOT_SET), after.get(each, NOT_SET)
            beside = name_beside(each, after) or name_beside(each, before)
            yield from _differences(*sides, f"{path}.{each}".removeprefix("."), each, beside)
    elif isinstance(before, list) and isinstance(after, list):
        yield from (_in_sets if key in _SETS else _in_lists)(before, after, path)
    elif not _alike(before, after):
        yield Edit(path, before, after, name=name)


def name_beside(key: str, value: Json) -> str:
    """Return what names ``value[key]`` beside it, such as the name of a variable; nothing where nothing does."""
    names = (value.get(name) for name in _NAMES.get(key, ()))
    return next((name for name in names if isinstance(name, str)), "")


def _in_sets(before: Sequence[Json], after: Sequence[Json], path: str) -> Iterator[Edit]:
    """Yield the items that come and go in a list whose order means nothing; one that takes another's place changes."""
    old, new = ({text(item): item for item in side} for side in (before, after))
    gone = [item for key, item in old.items() if key not in new]
    come = [item for key, item in new.items() if key not in old]
    named = {_identity(item): item for item in come if isinstance(item, dict)}
    for item in list(gone):
        if isinstance(item, dict) and (other := named.pop(_identity(item), None)) is not None:
            gone.remove(item)
            come.remove(other)
            yield from _differences(item, other, path, "")
    if len(gone) == len(come) == 1:
        yield from _differences(gone[0], come[0], path, "")
        return
    yield from (Edit(path, item, NOT_SET) for item in gone)
    yield from (Edit(path, NOT_SET, item) for item in come)


def _in_lists(before: Sequence[Json], after: Sequence[Json], path: str) -> Iterator[Edit]:
    """Yield the differences between two lists: an item that comes or goes moves no other."""
    old, new = ([_identity(item) for item in side] for side in (before, after))
    for _, here, end, there, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        shared = min(end - here, last - there)
        for place in range(shared):
            yield from _differences(before[here + place], after[there + place], f"{path}[{there + place}]", "")
        for place in range(here + shared, end):
            yield Edit(f"{path}[{place}]", before[place], NOT_SET)
        for place in range(there + shared, last):
            yield Edit(f"{path}[{place}]", NOT_SET, after[place])


def _identity(item: Json) -> str:
    """Return the name of an item in its list; all that is written where it has none."""
    names = (item.get(key) for key in _ITEM_NAMES) if isinstance(item, dict) else ()
    return next((name for name in names if isinstance(name, str)), json.dumps(item, sort_keys=True))


def _alike(before: Json, after: Json) -> bool:
    """Return whether two values are the same, or differ in their type only: both clouds accept a number as text."""
    if isinstance(before, bool) or isinstance(after, bool):
        return _truth(before) == _truth(after) and _truth(before) is not None
    simple = (str, int, float)
    if isinstance(before, simple) and isinstance(after, simple):
        return before == after or str(before) == str(after)
    return before is after


def _truth(value: Json) -> bool | None:
    """Return a truth value in any case, also as text; None for all else."""
    return {"true": True, "false": False}.get(str(value).lower()) if isinstance(value, bool | str) else None


def plain_path(path: str) -> str:
    """Return a path without the numbers of items: ``Rules.Status`` for ``Rules[0].Status``."""
    return "".join(part.partition("]")[2] if index else part for index, part in enumerate(path.split("[")))


def number(value: Json) -> float | None:
    """Return a value as a number: of a condition, what holds where it is met."""
    if isinstance(value, dict) and isinstance(value.get("Fn::If"), list) and len(value["Fn::If"]) > 1:
        return number(value["Fn::If"][1])
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def text(value: Json) -> str:
    """Return a value on one line."""
    if value is NOT_SET:
        return "not set"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and math.isinf(value):
        return "no limit"
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def short(value: Json, longest: int = SHORT) -> str:
    """Return a value on one line, with an ellipsis for what would be too long."""
    line = _line(value)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def short_pair(before: Json, after: Json, longest: int = SHORT) -> tuple[str, str]:
    """Return two values on a line each, with an ellipsis for what would be too long: what differs in them stays."""
    old, new = _line(before), _line(after)
    if max(len(old), len(new)) <= longest:
        return old, new
    pairs = enumerate(zip(old, new, strict=False))
    differs = next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))
    start = max(0, differs - _BEFORE_DIFFERENCE)
    return short(_from(old, start), longest), short(_from(new, start), longest)


def _from(line: str, start: int) -> str:
    return f"…{line[start:]}" if start else line


def _line(value: Json) -> str:
    return re.sub(r"[ \t\r\n]+", " ", _decoded(text(value))).strip() or '""'


def _decoded(written: str) -> str:
    """Return what a long text in base64 says, where that is text."""
    if not _BASE64.fullmatch(written):
        return written
    try:
        decoded = base64.b64decode(written, validate=True).decode()
    except ValueError:
        return written
    return f"base64 of {decoded}" if re.sub(r"\s", "", decoded).isprintable() else written

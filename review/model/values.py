"""Values of settings: how two differ, and how one is read and written."""

import json
import math
from collections.abc import Sequence

from deepdiff import DeepDiff

from assembly.values import Json
from review.model.change import NOT_SET, Edit

# Lists whose order means nothing, in each cloud's words. Any other order may mean something, so a change of it shows.
_SETS = {
    "Action",
    "DependsOn",
    "Resource",
    "SecurityGroupEgress",
    "SecurityGroupIds",
    "SecurityGroupIngress",
    "SecurityGroups",
    "Statement",
    "SubnetIds",
    "Subnets",
    "VPCSecurityGroups",
    "authorized_networks",
    "depends_on",
    "members",
    "source_ranges",
}
_ITEM = "\0"
_SHORT = 120


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
    if before == after:
        return []
    found = DeepDiff(_keyed(before), _keyed(after), view="tree", verbose_level=2, threshold_to_diff_deeper=0)
    levels = [level for several in found.values() for level in several]
    each = (Edit(_path(level.path(output_format="list")), _side(level.t1), _side(level.t2)) for level in levels)
    return sorted((edit for edit in each if not _alike(edit)), key=lambda edit: edit.path)


def _keyed(value: Json, key: str = "") -> Json:
    """Return a value with each item of a list without order under its own text, so that only it comes and goes."""
    if isinstance(value, dict):
        return {name: _keyed(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return {f"{_ITEM}{text(item)}": item for item in value} if key in _SETS else [_keyed(item) for item in value]
    return value


def _path(keys: Sequence[str | int]) -> str:
    """Return ``Rules[0].Status`` for its keys."""
    named = (key for key in keys if not str(key).startswith(_ITEM))
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in named).removeprefix(".")


def _side(value: Json) -> Json:
    if type(value).__name__ == "NotPresent":
        return NOT_SET
    if isinstance(value, dict) and value and all(str(key).startswith(_ITEM) for key in value):
        return list(value.values())
    return value


def _alike(edit: Edit) -> bool:
    """Return whether a value only changed its type, such as a number to text: both clouds accept either."""
    simple = (str, int, float, bool)
    if isinstance(edit.before, simple) and isinstance(edit.after, simple):
        return str(edit.before).lower() == str(edit.after).lower()
    return edit.before is edit.after


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


def short(value: Json, longest: int = _SHORT) -> str:
    """Return a value on one line, with an ellipsis for what would be too long."""
    line = " ".join(text(value).split()) or '""'
    return line if len(line) <= longest else f"{line[: longest - 1]}…"

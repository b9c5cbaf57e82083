"""Known noise: the rows of ``noise.yaml``, taken out of what is compared."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from assembly.values import Json
from assembly.yaml_files import read_yaml

FILE = Path(__file__).with_name("noise.yaml")
_Path = Sequence[re.Pattern[str]]


@cache
def _noise() -> Mapping[str, Sequence[_Path]]:
    rows: dict[str, list[_Path]] = defaultdict(list)
    for row in read_yaml(FILE):
        rows[row["in"]].append([re.compile(name) for name in row["path"]])
    return dict(rows)


def without_noise(what: str, written: Json) -> Json:
    """Return what is written without the settings that mean nothing.

    Args:
        what: is written, as ``noise.yaml`` calls it: ``cloudformation resource``.
        written: its content.

    Raises:
        KeyError: ``noise.yaml`` calls nothing so.
    """
    for path in _noise()[what]:
        written = _without(written, path)
    return written


def _without(value: Json, path: _Path) -> Json:
    if isinstance(value, list):
        return [_without(item, path) for item in value]
    if not isinstance(value, dict):
        return value
    first, *rest = path
    kept = {}
    for key, item in value.items():
        if not first.fullmatch(key):
            kept[key] = item
        elif rest and ((inner := _without(item, rest)) or not item):
            kept[key] = inner
    return kept

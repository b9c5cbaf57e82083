"""Promises that cannot be the same number on all clouds, with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("accepted_differences.yaml")


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """Accepted difference of a promise.

    Attributes:
        reason: the reason.
        clouds: those whose number is shown and not judged, by their names in the code.
    """

    reason: str
    clouds: Sequence[str]


@cache
def accepted_differences() -> Mapping[str, Accepted]:
    """Return what may differ, by the name of the promise."""
    return {name: Accepted(**row) for name, row in yaml.safe_load(_FILE.read_text(encoding="utf-8")).items()}

"""Switches of the emulator: answers that documents leave open, and settings of an organization that differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from local.proxy.store import Store

_FILE = Path(__file__).with_name("switches.yaml")
_SPACE = "switches"


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A row of ``switches.yaml``.

    Attributes:
        values: that it takes; the first one holds until another is set.
        text: what it decides.
        source: of the question.
    """

    values: Sequence[str]
    text: str
    source: str


@cache
def known() -> Mapping[str, Switch]:
    """Return the switches by name."""
    return {name: Switch(**row) for name, row in yaml.safe_load(_FILE.read_text()).items()}


def value(store: Store, name: str) -> str:
    """Return how a switch stands."""
    return str(store.documents(_SPACE).get(name) or known()[name].values[0])


def turn(store: Store, settings: Mapping[str, str]) -> dict[str, str]:
    """Set some switches, and return how all stand.

    Raises:
        ValueError: there is no such switch, or it does not take the value.
    """
    for name, wanted in settings.items():
        if name not in known():
            raise ValueError(f"There is no switch {name}; there are {', '.join(known())}")
        if wanted not in known()[name].values:
            raise ValueError(f"{name} takes {' or '.join(known()[name].values)}, not {wanted}")
        store.documents(_SPACE).put(name, wanted)
    return {name: value(store, name) for name in known()}

"""Switches of an emulator: answers that documents leave open, and settings of an account that differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from local.proxy.store import Store

_SPACE = "switches"


@dataclass(frozen=True, kw_only=True)
class Switch:
    """A row of a file of switches.

    Attributes:
        values: that it takes; the first one holds until another is set.
        text: what it decides.
        source: of the question.
    """

    values: Sequence[str]
    text: str
    source: str


class Switches:
    """The switches of one emulator.

    Args:
        file: YAML, a row for each by its name.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def known(self) -> Mapping[str, Switch]:
        """The switches by name."""
        return {name: Switch(**row) for name, row in yaml.safe_load(self._file.read_text()).items()}

    def value(self, store: Store, name: str) -> str:
        """Return how a switch stands."""
        return str(store.documents(_SPACE).get(name) or self.known[name].values[0])

    def turn(self, store: Store, settings: Mapping[str, str]) -> dict[str, str]:
        """Set some switches, and return how all stand.

        Raises:
            ValueError: there is no such switch, or it does not take the value.
        """
        for name, wanted in settings.items():
            if name not in self.known:
                raise ValueError(f"There is no switch {name}; there are {', '.join(self.known)}")
            if wanted not in self.known[name].values:
                raise ValueError(f"{name} takes {' or '.join(self.known[name].values)}, not {wanted}")
            store.documents(_SPACE).put(name, wanted)
        return {name: self.value(store, name) for name in self.known}

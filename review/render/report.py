"""What a reviewer is told, before it is written down in any form."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import yaml

from review.judge.approvals import Judged, Refused
from review.judge.costs import Cost
from review.model.model import Change, Edit, Kind

PLAN = Path(__file__).parents[2] / "docs" / "plan.yaml"
CLOUDS = {"aws": "AWS", "gcp": "Google Cloud"}
_WORST_FIRST = list(Kind)


class Exit(IntEnum):
    """How ``python -m review`` ends."""

    NOTHING = 0
    CHANGES = 1
    NEEDS_A_YES = 2
    CANNOT_TELL = 3


@dataclass(frozen=True)
class Group:
    """Resources of a stack to which the same happens.

    Attributes:
        means: what that means, where it is known.
    """

    kind: Kind
    changes: Sequence[Change]
    means: Sequence[str]

    @property
    def first(self) -> Change:
        """The one that stands for all."""
        return self.changes[0]

    @property
    def edits(self) -> Sequence[Edit]:
        """What is the same in all of them."""
        return self.first.edits


@dataclass(frozen=True)
class StackReport:
    """What happens to a stack.

    Attributes:
        state: ``new`` or ``removed`` where it stands on one side only.
        counts: of its resources, and of itself where its own settings change.
    """

    name: str
    state: str
    groups: Sequence[Group]
    counts: Mapping[Kind, int]

    @property
    def summary(self) -> str:
        """``1 replaced, 3 changed``."""
        counted = ", ".join(f"{self.counts[kind]} {kind}" for kind in _WORST_FIRST if self.counts.get(kind))
        return ": ".join(part for part in (self.state, counted) if part)


@dataclass(frozen=True)
class EnvironmentReport:
    """What happens to an environment in a cloud.

    Attributes:
        state: ``new`` or ``removed`` where it stands on one side only.
    """

    cloud: str
    name: str
    state: str
    stacks: Sequence[StackReport]
    cost: Cost | None

    @property
    def title(self) -> str:
        """``prod on AWS``."""
        return f"{self.name} on {CLOUDS.get(self.cloud, self.cloud)}"


@dataclass(frozen=True)
class Report:
    """Everything.

    Attributes:
        base: what it is compared with: ``main at 1a2b3c4``.
        head: what is compared: ``5d6e7f8``.
        uncommitted: files of the head that no commit has.
        clouds: that were compared.
        notes: what a reader must know to judge this: what could not be computed.
    """

    base: str
    head: str
    uncommitted: Sequence[str]
    clouds: Sequence[str]
    dangers: Sequence[Judged]
    refused: Sequence[Refused]
    environments: Sequence[EnvironmentReport]
    costs: Sequence[Cost]
    notes: Sequence[str] = ()

    @property
    def open(self) -> list[Judged]:
        """The dangers that nobody said yes to."""
        return [judged for judged in self.dangers if judged.approval is None]

    @property
    def exit(self) -> Exit:
        """How the command ends."""
        if self.open:
            return Exit.NEEDS_A_YES
        return Exit.CHANGES if self.environments else Exit.NOTHING

    @property
    def headline(self) -> str:
        """The whole in one line."""
        if not self.environments:
            return "Nothing changes"
        number = sum(count for each in self.environments for stack in each.stacks for count in stack.counts.values())
        changes = f"{_counted(number, 'change')} in {self._where}"
        if self.open:
            return f"{_counted(len(self.open), 'danger')} {'need' if len(self.open) > 1 else 'needs'} a yes · {changes}"
        return f"{changes}{', dangers allowed' if self.dangers else ', nothing dangerous'}"

    @property
    def _where(self) -> str:
        clouds: dict[str, list[str]] = defaultdict(list)
        for each in self.environments:
            clouds[CLOUDS.get(each.cloud, each.cloud)].append(each.name)
        return " and ".join(f"{', '.join(names)} on {cloud}" for cloud, names in clouds.items())


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def promises() -> Mapping[str, str]:
    """Return the text of each promise of the plan, by its id."""
    return {row["id"]: row["text"] for row in yaml.safe_load(PLAN.read_text(encoding="utf-8"))}


def sentence(words: str) -> str:
    """Return words as a sentence; a name at their beginning stays as it is."""
    begins_with_a_name = not words.partition(" ")[0].isalpha()
    return f"{words}." if begins_with_a_name else f"{words[0].upper()}{words[1:]}."

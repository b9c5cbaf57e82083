"""Report of a review, before it is rendered in any form."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assembly.clouds import CLOUDS
from errors import DocumentedExitCode
from review.model.change import Change, Edit, Kind, Verdict
from review.model.danger import Allowance, JudgedDanger, RefusedApproval, joint_trailer

_WORST_FIRST = list(Kind)
# So many dangers of a kind may have one line for all.
_MANY = 3


class ExitCode(DocumentedExitCode):
    """Exit code of ``python -m review``; docs/diff.md lists them."""

    NOTHING = 0, "no change"
    CHANGES = 1, "changes without a danger, or every danger has a trailer"
    NEEDS_A_YES = 2, "a danger without a trailer"
    FAILED = 3, "no result"


@dataclass(frozen=True)
class Cost:
    """An environment's month on both sides, in USD.

    Attributes:
        before: 0 where the environment is new.
        after: 0 where it is gone.
        parts: what changes by a dollar or more, by the component of the environment.
        unpriced: what the change costs besides: types without a price, settings that no bill reads, and resources that
            cannot be priced, on which neither side counts.
    """

    cloud: str
    environment: str
    before: float
    after: float
    parts: tuple[tuple[str, float], ...] = ()
    unpriced: tuple[str, ...] = ()

    @property
    def difference(self) -> float:
        """More, or less where it is negative."""
        return self.after - self.before


@dataclass(frozen=True)
class Group:
    """Resources of a stack to which the same happens.

    Attributes:
        meanings: what the update does for users of the resource.
    """

    kind: Kind
    changes: Sequence[Change]
    meanings: Sequence[str]

    @property
    def first(self) -> Change:
        """The change that represents the group."""
        return self.changes[0]

    @property
    def edits(self) -> Sequence[Edit]:
        """The edits, which are the same in all of them."""
        return self.first.edits


@dataclass(frozen=True)
class StackReport:
    """Changes of a stack.

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
    """Changes of an environment in a cloud.

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

    @property
    def summary(self) -> str:
        """``1 replaced, 3 changed``, of all its stacks."""
        counts = sum((Counter(stack.counts) for stack in self.stacks), Counter[Kind]())
        return ", ".join(f"{counts[kind]} {kind}" for kind in _WORST_FIRST if counts[kind])


@dataclass(frozen=True)
class Unjudged:
    """Settings of a resource that no row judges.

    Attributes:
        edits: of the settings; none of a resource of an unknown type that comes.
        promises: of the plan, that the resource carries.
        judged: the danger that it is, where it needs a yes of its own.
    """

    change: Change
    edits: Sequence[Edit]
    promises: Sequence[str]
    judged: JudgedDanger | None


@dataclass(frozen=True)
class Coverage:
    """Numbers of settings of an environment by verdict: what a change of them could be at the worst."""

    cloud: str
    environment: str
    counts: Mapping[Verdict, int]

    @property
    def judged(self) -> float:
        """Share of the settings that are judged, from 0 to 1."""
        total = sum(self.counts.values())
        return 1 - self.counts.get(Verdict.UNJUDGED, 0) / total if total else 1


@dataclass(frozen=True)
class Report:
    """Whole report of a review.

    Attributes:
        base: what it is compared with: ``main at 1a2b3c4``.
        head: what is compared: ``5d6e7f8``.
        uncommitted: files of the head that no commit has.
        clouds: that were compared.
        notes: what a reader must know to judge this: what could not be computed.
        warnings: what a reader must know before anything else: who judged this.
        unjudged: what no row judges, by the promises that it may touch.
        coverage: how much of the head the verdicts cover.
    """

    base: str
    head: str
    uncommitted: Sequence[str]
    clouds: Sequence[str]
    dangers: Sequence[JudgedDanger]
    refused: Sequence[RefusedApproval]
    environments: Sequence[EnvironmentReport]
    costs: Sequence[Cost]
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    unjudged: Sequence[Unjudged] = ()
    coverage: Sequence[Coverage] = ()

    @property
    def by_rule(self) -> list[JudgedDanger]:
        """The dangers of which a row or a rule says so."""
        return [judged for judged in self.dangers if judged.danger.allowance is not Allowance.UNJUDGED]

    @cached_property
    def open(self) -> list[JudgedDanger]:
        """The dangers without a trailer."""
        return [judged for judged in self.dangers if judged.approval is None]

    @cached_property
    def joint_trailers(self) -> Mapping[Allowance, str]:
        """The trailer that allows all open dangers of a kind, where a line for each would be many."""
        open_of = {
            kind: [judged.danger for judged in self.open if judged.danger.allowance is kind]
            for kind in Allowance
            if kind.is_joint
        }
        return {kind: joint_trailer(dangers) for kind, dangers in open_of.items() if len(dangers) >= _MANY}

    @property
    def trailers(self) -> list[str]:
        """The fewest lines that allow all that is open."""
        joint = self.joint_trailers
        alone = [judged.danger.trailer for judged in self.open if judged.danger.allowance not in joint]
        return [*alone, *joint.values()]

    @property
    def exit_code(self) -> ExitCode:
        """Exit code of the command that made the report."""
        if self.open:
            return ExitCode.NEEDS_A_YES
        return ExitCode.CHANGES if self.environments else ExitCode.NOTHING

    @property
    def headline(self) -> str:
        """Summary of the report in one line."""
        if not self.environments:
            return "Nothing changes"
        number = sum(count for each in self.environments for stack in each.stacks for count in stack.counts.values())
        changes = f"{_counted(number, 'change')} in {self._where}"
        if self.open:
            dangers = sum(judged.danger.allowance is not Allowance.UNJUDGED for judged in self.open)
            unjudged = len(self.open) - dangers
            parts = [_counted(dangers, "danger")] if dangers else []
            parts += [f"{_counted(unjudged, 'resource')} not judged"] if unjudged else []
            return f"{' and '.join(parts)} {'need' if len(self.open) > 1 else 'needs'} approval · {changes}"
        return f"{changes}{', dangers allowed' if self.dangers else ', nothing dangerous'}"

    @property
    def _where(self) -> str:
        clouds: dict[str, list[str]] = defaultdict(list)
        for each in self.environments:
            clouds[CLOUDS.get(each.cloud, each.cloud)].append(each.name)
        return " and ".join(f"{', '.join(names)} on {cloud}" for cloud, names in clouds.items())


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"

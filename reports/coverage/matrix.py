"""Matrix of the plan's promises and the clouds, each cell with what proves its parts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from pathlib import Path

from assembly.clouds import CLOUDS
from assembly.values import Json
from reports.coverage.errors import CoverageError
from reports.coverage.marks import Proof, proofs
from reports.coverage.plan import Promise, promises, read


class Strength(IntEnum):
    """Strength of a promise's proof, the weakest first."""

    OPEN = 0
    PERSON = 1
    PROVIDERS = 2
    TEMPLATE = 3
    BEHAVIOUR = 4


@dataclass(frozen=True)
class ManualTask:
    """A task that a person does and no program can: a row of ``docs/by-person.yaml``.

    Attributes:
        promise: what it keeps: an id, with its part where the row has parts.
        clouds: where it keeps it.
        act: what is done.
        reason: why no program can do it.
        review: the review in ``environments/policy.yaml`` that asks for it at its time.
        question: the line of that review's checklist.
        record: where it stands that it was done.
    """

    promise: str
    clouds: tuple[str, ...]
    act: str
    reason: str
    review: str
    question: str
    record: str

    def __str__(self) -> str:
        return f"{self.act}; asked for by the review `{self.review}`; recorded in {self.record}"


@dataclass(frozen=True)
class Part:
    """Promise of a cell, or a part of it, with its proofs.

    Attributes:
        name: the part's short word; empty where the row promises one thing.
        behaviour: the tests that ask something that runs.
        template: the tests that read what was synthesized.
        providers: the tests that a plain run leaves out, because they need Terraform's providers.
        manual: what people do for it.
    """

    name: str
    behaviour: tuple[Proof, ...]
    template: tuple[Proof, ...]
    providers: tuple[Proof, ...]
    manual: tuple[ManualTask, ...]

    @property
    def strength(self) -> Strength:
        """That of its best proof."""
        if self.behaviour:
            return Strength.BEHAVIOUR
        if self.template:
            return Strength.TEMPLATE
        if self.providers:
            return Strength.PROVIDERS
        return Strength.PERSON if self.manual else Strength.OPEN


@dataclass(frozen=True)
class Cell:
    """A promise in a cloud, ``all`` and ``local`` being clouds here, too.

    Attributes:
        id: the promise's, in ``docs/plan.yaml``.
        text: the promise.
        cloud: where it has to hold.
        parts: one or more.
    """

    id: str
    text: str
    cloud: str
    parts: tuple[Part, ...]

    @property
    def strength(self) -> Strength:
        """That of the weakest part."""
        return min(part.strength for part in self.parts)

    @property
    def open_parts(self) -> tuple[str, ...]:
        """The names of the parts that nothing proves; none where the row promises one thing."""
        return tuple(part.name for part in self.parts if part.name and part.strength == Strength.OPEN)


def matrix_of(checkout: Path) -> list[Cell]:
    """Return the matrix of a checkout."""
    docs = checkout / "docs"
    return cells(promises(docs), proofs(checkout / "tests"), manual_tasks(docs / "by-person.yaml"))


def manual_tasks(file: Path) -> list[ManualTask]:
    """Return the rows of ``by-person.yaml``; none where there is no such file.

    Raises:
        CoverageError: the file is no YAML, or a row has other keys than those of a task.
    """
    rows: list[dict[str, Json]] = read(file) if file.exists() else []
    keys = [field.name for field in fields(ManualTask)]
    for number, row in enumerate(rows, start=1):
        if row.keys() != set(keys):
            raise CoverageError(
                f"docs/{file.name}: row {number}: given {', '.join(row)}; allowed are {', '.join(keys)}"
            )
    return [ManualTask(**{**row, "clouds": tuple(row["clouds"])}) for row in rows]


def cells(plan: Sequence[Promise], tests: Sequence[Proof], manual: Sequence[ManualTask]) -> list[Cell]:
    """Return each promise of the plan in each of its clouds."""
    return [
        Cell(
            promise.id,
            promise.text,
            cloud,
            tuple(_part(mark, cloud, tests, manual) for mark in promise.marks),
        )
        for promise in plan
        for cloud in promise.clouds
    ]


def _part(mark: str, cloud: str, tests: Sequence[Proof], manual: Sequence[ManualTask]) -> Part:
    here = [proof for proof in tests if mark in proof.promises and (cloud not in CLOUDS or cloud in proof.clouds)]
    return Part(
        mark.partition("/")[2],
        tuple(proof for proof in here if proof.by_behaviour and not proof.needs_providers),
        tuple(proof for proof in here if not proof.by_behaviour and not proof.needs_providers),
        tuple(proof for proof in here if proof.needs_providers),
        tuple(task for task in manual if task.promise == mark and cloud in task.clouds),
    )

"""Matrix of the plan's promises and the clouds, each cell with what proves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reports.coverage.marks import CLOUDS, Proof, proofs


@dataclass(frozen=True)
class ManualTask:
    """A task that a person does and a program cannot: a row of ``docs/by-person.yaml``.

    Attributes:
        id: the promise that it keeps.
        clouds: where it keeps it.
        act: what is done.
        schedule: what reminds of it, and when.
        record: where it stands that it was done.
    """

    id: str
    clouds: tuple[str, ...]
    act: str
    schedule: str
    record: str

    def __str__(self) -> str:
        return f"{self.act}; {self.schedule}; recorded in {self.record}"


@dataclass(frozen=True)
class Cell:
    """A promise in a cloud, ``all`` and ``local`` being clouds here, too.

    Attributes:
        id: the promise's, in ``docs/plan.yaml``.
        text: its first words there.
        cloud: where it has to hold.
        behaviour: the tests that run what they test.
        template: the tests that read what was synthesized.
        manual: what people do for it.
    """

    id: str
    text: str
    cloud: str
    behaviour: tuple[Proof, ...]
    template: tuple[Proof, ...]
    manual: tuple[ManualTask, ...]

    @property
    def open(self) -> bool:
        """Whether nothing proves it yet."""
        return not (self.behaviour or self.template or self.manual)


def matrix_of(checkout: Path) -> list[Cell]:
    """Return the matrix of a checkout."""
    docs = checkout / "docs"
    return cells(docs / "plan.yaml", proofs(checkout / "tests"), manual_tasks(docs / "by-person.yaml"))


def manual_tasks(file: Path) -> list[ManualTask]:
    """Return the rows of ``by-person.yaml``; none where there is no such file."""
    rows: list[dict[str, Any]] = yaml.safe_load(file.read_text()) if file.exists() else []
    return [ManualTask(**{**row, "clouds": tuple(row["clouds"])}) for row in rows]


def cells(plan: Path, tests: Sequence[Proof], manual: Sequence[ManualTask]) -> list[Cell]:
    """Return each promise of the plan in each of its clouds."""
    found = []
    for row in yaml.safe_load(plan.read_text()):
        for cloud in row["clouds"]:
            here = [
                proof
                for proof in tests
                if row["id"] in proof.promises and (cloud not in CLOUDS or cloud in proof.clouds)
            ]
            found.append(
                Cell(
                    row["id"],
                    row["text"],
                    cloud,
                    tuple(proof for proof in here if proof.by_behaviour),
                    tuple(proof for proof in here if not proof.by_behaviour),
                    tuple(task for task in manual if task.id == row["id"] and cloud in task.clouds),
                )
            )
    return found

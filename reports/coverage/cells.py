"""The plan's promises in each cloud, with what proves them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reports.coverage.marks import CLOUDS, Proof


@dataclass(frozen=True)
class Act:
    """What a person does and a program cannot: ``docs/by-person.yaml``, one row each.

    Attributes:
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
    """A promise in a cloud, ``all`` and ``local`` being clouds here, too."""

    id: str
    text: str
    cloud: str
    behaviour: tuple[Proof, ...]
    template: tuple[Proof, ...]
    acts: tuple[Act, ...]

    @property
    def open(self) -> bool:
        """Whether nothing proves it yet."""
        return not (self.behaviour or self.template or self.acts)


def acts(file: Path) -> list[Act]:
    """Return what persons do; nothing where there is no such file."""
    rows: list[dict[str, Any]] = yaml.safe_load(file.read_text()) if file.exists() else []
    return [Act(**{**row, "clouds": tuple(row["clouds"])}) for row in rows]


def cells(plan: Path, proofs: Sequence[Proof], persons: Iterable[Act]) -> list[Cell]:
    """Return each promise of the plan in each of its clouds."""
    persons = list(persons)
    found = []
    for row in yaml.safe_load(plan.read_text()):
        for cloud in row["clouds"]:
            here = [
                proof
                for proof in proofs
                if row["id"] in proof.promises and (cloud not in CLOUDS or cloud in proof.clouds)
            ]
            found.append(
                Cell(
                    row["id"],
                    row["text"],
                    cloud,
                    tuple(proof for proof in here if proof.by_behaviour),
                    tuple(proof for proof in here if not proof.by_behaviour),
                    tuple(act for act in persons if act.id == row["id"] and cloud in act.clouds),
                )
            )
    return found

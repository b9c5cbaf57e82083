"""Promises of the plan and the parts that a row of it has (``docs/plan.yaml``, ``docs/plan-parts.yaml``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from assembly.values import Json
from reports.coverage.errors import CoverageError


@dataclass(frozen=True)
class Promise:
    """A row of the plan.

    Attributes:
        id: such as ``ENV-2``.
        text: what is promised.
        clouds: where it has to hold; ``all`` is the project itself, ``local`` a developer's computer.
        parts: the text of each part by its short word; empty where the row promises one thing.
    """

    id: str
    text: str
    clouds: tuple[str, ...]
    parts: Mapping[str, str]

    @property
    def marks(self) -> tuple[str, ...]:
        """Names for tests' marks: the id, or the id with each part."""
        return tuple(f"{self.id}/{part}" for part in self.parts) or (self.id,)


def promises(docs: Path) -> list[Promise]:
    """Return the plan's rows in their order.

    Raises:
        CoverageError: a file is no YAML, a row lacks a key, or there are parts of a row that the plan does not have.
    """
    parts: dict[str, dict[str, str]] = read(docs / "plan-parts.yaml") or {}
    found = read(docs / "plan.yaml")
    for number, row in enumerate(found, start=1):
        if missing := [key for key in ("id", "text", "clouds") if key not in row]:
            raise CoverageError(f"docs/plan.yaml: row {number}: given {row}; it lacks {', '.join(missing)}")
    rows = {row["id"]: row for row in found}
    if unknown := sorted(parts.keys() - rows.keys()):
        raise CoverageError(
            f"docs/plan-parts.yaml: given {', '.join(unknown)}; allowed are the rows of docs/plan.yaml,"
            f" {', '.join(rows)}"
        )
    return [Promise(row["id"], row["text"], tuple(row["clouds"]), parts.get(row["id"], {})) for row in found]


def read(file: Path) -> Json:
    """Return what a file of ``docs/`` holds.

    Raises:
        CoverageError: it is no YAML.
    """
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise CoverageError(f"docs/{file.name}: {' '.join(str(error).split())}") from None

"""Promises of the plan and the parts that a row of it has (``docs/plan.yaml``, ``docs/plan-parts.yaml``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml


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
        ValueError: there are parts of a row that the plan does not have.
    """
    parts: dict[str, dict[str, str]] = yaml.safe_load((docs / "plan-parts.yaml").read_text(encoding="utf-8")) or {}
    rows = yaml.safe_load((docs / "plan.yaml").read_text(encoding="utf-8"))
    if unknown := sorted(parts.keys() - {row["id"] for row in rows}):
        raise ValueError(f"docs/plan-parts.yaml: {', '.join(unknown)}: no row of docs/plan.yaml")
    return [Promise(row["id"], row["text"], tuple(row["clouds"]), parts.get(row["id"], {})) for row in rows]

"""Edits of the stacks on Google Cloud, each with what Terraform's real providers plan for it.

``python -m tests.review.planned_edits GCP`` draws edits of a synthesized folder that have no plan yet;
``python -m tests.providers.plan`` plans them.
"""

import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from assembly import Assembly, Resource
from assembly.provider_facts import type_schema
from assembly.reader import open_assembly
from tests.review.choice import Choice
from tests.review.draw import attempts
from tests.review.edits import Edit, Kind

FILE = Path(__file__).with_name("planned_edits.jsonl")
SEED = "planned edits"
# How many are drawn over all settings, and how many over those that replace a resource.
OF_ALL, OF_REPLACING = 32, 28


@dataclass(frozen=True)
class Planned:
    """An edit with its plan.

    Attributes:
        source: ``drawn``, or ``all arguments``: of a list of one edit of each argument.
        terraform: what is done to each construct, or why it is ``refused``; None where it is not planned yet.
        differs: why the review says something else; empty where it does not.
    """

    edit: Edit
    source: str
    terraform: Mapping[str, str] | None = None
    differs: str = ""

    def planned(self, terraform: Mapping[str, str]) -> "Planned":
        """Return the edit with its plan."""
        return replace(self, terraform=terraform)

    @property
    def line(self) -> str:
        """The line of the file."""
        edit = self.edit
        content: dict[str, Any] = {
            "stack": edit.stack,
            "construct": edit.construct,
            "type": edit.type,
            "kind": edit.kind,
            "path": list(edit.path),
        }
        if edit.value is not None:
            content["value"] = edit.value
        content |= {"source": self.source, "terraform": self.terraform}
        if self.differs:
            content["differs"] = self.differs
        return json.dumps(content, ensure_ascii=False)


def read() -> list[Planned]:
    """Return the edits of the file."""
    rows = [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []
    return [
        Planned(
            Edit(row["stack"], row["construct"], row["type"], Kind(row["kind"]), tuple(row["path"]), row.get("value")),
            row["source"],
            row["terraform"],
            row.get("differs", ""),
        )
        for row in rows
    ]


def write(rows: Iterable[Planned]) -> None:
    """Write the file."""
    FILE.write_text("".join(f"{row.line}\n" for row in rows))


def draw(assembly: Assembly) -> Iterator[Edit]:
    """Yield edits over all settings, then changes of arguments that replace a resource."""
    by_type: dict[str, dict[str, Resource]] = defaultdict(dict)
    for resource in assembly.resources.values():
        by_type[resource.type][str(resource)] = resource
    weights = {kind: 1 + math.log2(len(resources)) for kind, resources in by_type.items()}
    found: set[str] = set()
    for number in range(OF_ALL + OF_REPLACING):
        edit = next(
            edit
            for turn in count()
            for choice in [Choice(SEED, f"{number}/{turn}")]
            for of_type in [by_type[choice.one("type", by_type, weights)]]
            for edit in attempts(choice, of_type[choice.one("resource", of_type)], assembly)
            if _alike(edit) not in found and (number < OF_ALL or _replaces(edit))
        )
        found.add(_alike(edit))
        yield edit


def _alike(edit: Edit) -> str:
    return json.dumps([edit.type, edit.kind, _dotted(edit)])


def _replaces(edit: Edit) -> bool:
    schema = type_schema(edit.type)
    return schema is not None and _dotted(edit) in schema.force_new and edit.kind is not Kind.ITEM_REMOVED


def _dotted(edit: Edit) -> str:
    return ".".join(step for step in edit.path if isinstance(step, str))


def main(gcp: str) -> None:
    rows = read()
    known = {row.edit.name for row in rows}
    write([*rows, *(Planned(edit, "drawn") for edit in draw(open_assembly(Path(gcp))) if edit.name not in known)])


if __name__ == "__main__":
    main(sys.argv[1])

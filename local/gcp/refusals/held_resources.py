"""Refusal of the deletion of what still holds something."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule

_FILE = Path(__file__).with_name("held_resources.yaml")


class HeldResources(Rule):
    """Rule: some resources go only when they are empty. Deleting others deletes all that they hold."""

    text = (
        "A key ring with keys, a key with versions, a certificate map with entries, a zone with records: not deleted."
    )
    source = "Methods keyRings.delete and cryptoKeys.delete, Cloud KMS; certificate maps; managed zones, Cloud DNS"

    @override
    def check(self, operation: Operation) -> None:
        row = _rows().get(operation.kind)
        if row is None or not operation.deletes:
            return
        for collection in row["holds"]:
            for name in operation.call.documents.list(f"{operation.name}/{collection}/"):
                if name.rpartition("/")[2] not in row.get("also", ()):
                    raise operation.refuse(row)


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    rows: Mapping[str, Mapping[str, Any]] = yaml.safe_load(_FILE.read_text())
    return rows

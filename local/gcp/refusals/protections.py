"""Refusal of the deletion of what is protected."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from typing_extensions import override

from assembly.values import at
from local.gcp.refusals.rule import Operation, Rule

_FILE = Path(__file__).with_name("protections.yaml")


class Protections(Rule):
    """Rule: a protected resource stays until its protection is taken away."""

    text = "A Cloud SQL instance with deletion protection and a locked log bucket are not deleted."
    source = '"Prevent deletion of an instance", Cloud SQL; "Lock a log bucket", Cloud Logging documentation'

    @override
    def check(self, operation: Operation) -> None:
        row = _rows().get(operation.kind)
        if row and operation.deletes and operation.stored and any(at(operation.stored["body"], row["field"])):
            raise operation.refuse(row)


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    rows: Mapping[str, Mapping[str, Any]] = yaml.safe_load(_FILE.read_text())
    return rows

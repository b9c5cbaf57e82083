"""Refusal of names that are still taken by what was deleted."""

import datetime
from typing import Any

from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule
from local.gcp.refusals.tables import rows
from local.gcp.rest.errors import Refusal

_EVER = float("inf")
_SPACE = "names of the deleted"


class TakenNames(Rule):
    """Rule: some names are not free at once when their resource is deleted; a key's is never."""

    text = (
        "The name of a Cloud SQL instance stays taken for a week after its deletion, of a log bucket for 7 days, of a "
        "custom role for 37, of a key for ever. A custom role is brought back within 7 days only."
    )
    source = 'Pages "Delete instances", "Configure log buckets", "Delete a custom role", "Delete Cloud KMS resources"'

    @override
    def check(self, operation: Operation) -> None:
        row = rows("taken_names").get(operation.kind)
        if row is None or not operation.name:
            return
        taken = operation.call.cloud.documents(_SPACE)
        until = taken.get(f"{operation.kind}/{operation.name}")
        if until is None:
            return
        days_left = (datetime.datetime.fromisoformat(until) - operation.call.cloud.time()) / datetime.timedelta(days=1)
        if days_left <= 0:
            taken.delete(f"{operation.kind}/{operation.name}")
            if row.get("purges"):
                operation.call.documents.delete(operation.name)
        elif operation.creates and "message" in row:
            raise operation.refuse(row)
        elif not operation.reads and not operation.creates and row["days"] - days_left >= row.get("restorable", _EVER):
            raise Refusal(
                "FAILED_PRECONDITION",
                f"{operation.name} was deleted more than {row['restorable']} days ago and cannot be restored.",
            )

    @override
    def done(self, operation: Operation, answer: Any) -> None:
        row = rows("taken_names").get(operation.kind)
        if row is None:
            return
        taken = operation.call.cloud.documents(_SPACE)
        if operation.deletes:
            until = operation.call.cloud.time() + datetime.timedelta(days=row["days"])
            taken.put(f"{operation.kind}/{operation.name}", until.isoformat())
        elif operation.action == "undelete":
            taken.delete(f"{operation.kind}/{operation.name}")

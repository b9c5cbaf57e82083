"""Refusal of the deletion of what is protected."""

from typing_extensions import override

from assembly.values import at
from local.gcp.refusals.rule import Operation, Rule
from local.gcp.refusals.tables import rows


class Protections(Rule):
    """Rule: a protected resource stays until its protection is taken away."""

    text = "A Cloud SQL instance with deletion protection and a locked log bucket are not deleted."
    source = '"Prevent deletion of an instance", Cloud SQL; "Lock a log bucket", Cloud Logging documentation'

    @override
    def check(self, operation: Operation) -> None:
        row = rows("protections").get(operation.kind)
        if row and operation.deletes and operation.stored and any(at(operation.stored["body"], row["field"])):
            raise operation.refuse(row)

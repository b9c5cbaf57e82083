"""Refusal of the deletion of what still holds something."""

from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule
from local.gcp.refusals.tables import rows


class HeldResources(Rule):
    """Rule: some resources go only when they are empty. Deleting others deletes all that they hold."""

    text = (
        "A key ring with keys, a key with versions, a certificate map with entries, a zone with records: not deleted."
    )
    source = "Methods keyRings.delete and cryptoKeys.delete, Cloud KMS; certificate maps; managed zones, Cloud DNS"

    @override
    def check(self, operation: Operation) -> None:
        row = rows("held_resources").get(operation.kind)
        if row is None or not operation.deletes:
            return
        for collection in row["holds"]:
            for name in operation.call.documents.list(f"{operation.name}/{collection}/"):
                if name.rpartition("/")[2] not in row.get("also", ()):
                    raise operation.refuse(row)

"""Refusal of new resources whose id has another form than their API takes."""

import re

from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule
from local.gcp.refusals.tables import rows
from local.gcp.rest.errors import Refusal


class ResourceIds(Rule):
    """Rule: an id has the length and the characters that the reference of its API names."""

    text = "A new resource whose id is too long, or has characters that its API does not take, is refused."
    source = "each API's reference, beside the form of the id in `local/gcp/refusals/resource_ids.yaml`"

    @override
    def check(self, operation: Operation) -> None:
        row = rows("resource_ids").get(operation.kind)
        if row is None or not operation.creates or not operation.name:
            return
        given = operation.place.short
        if not re.fullmatch(row["pattern"], given):
            raise Refusal("INVALID_ARGUMENT", f"Invalid id '{given}' of {operation.kind}: {row['says']}.")

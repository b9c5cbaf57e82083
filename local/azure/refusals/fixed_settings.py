"""Refusal of changes to what is settled when a resource is made."""

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.resources import get
from local.azure.refusals.rule import Rule


class FixedSettings(Rule):
    """Rule: a vault's retention and its purge protection stay; no resource moves to another location."""

    text = (
        "A vault's retention is not changed and its purge protection is not taken back, though a plan says in-place; "
        "a resource stays where it is."
    )
    source = '"Azure Key Vault soft-delete overview"; azurerm 4.55.0, key_vault_resource.go; "InvalidResourceLocation"'

    @override
    def check(self, call: Call) -> None:
        stored = call.stored
        if not call.writes or stored is None:
            return
        before, after = stored["body"].get("location"), call.body.get("location")
        moved = before and after and before != str(after).replace(" ", "").lower()
        if call.kind.located and call.id.namespace and moved:
            raise Refusal(
                409,
                "InvalidResourceLocation",
                f"The resource '{call.id.name}' already exists in location '{before}' in resource group"
                f" '{call.id.group}'. A resource with the same name cannot be created in location '{after}'.",
            )
        for path, message in call.kind.refused.items():
            kept, wanted = get(stored["body"], path), get(call.body, path)
            if kept and wanted is not None and wanted != kept:
                raise Refusal(400, "BadRequest", message)

"""Refusal of availability zones that the subscription cannot use in a region."""

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.resources import get
from local.azure.arm.services.storage import ACCOUNT
from local.azure.arm.services.subscriptions import zones_of
from local.azure.refusals.rule import Rule


class Zones(Rule):
    """Rule: a zone of a resource is one of the region's, as far as the subscription may use it."""

    text = (
        "A zone that the region has not, or that a switch takes from the subscription, is refused, and so is a storage "
        "account over zones where there are none."
    )
    source = '"Azure regions list"; "Resolve errors for SKU not available"; arcgis-gitops issue 160'

    @override
    def check(self, call: Call) -> None:
        if not call.writes:
            return
        location = call.body.get("location", "").replace(" ", "").lower()
        allowed = zones_of(call.cloud, location)
        if call.kind.type == ACCOUNT and location and not allowed:
            _check_redundancy(call, location)
        refused = [each for each in call.body.get("zones") or () if each not in allowed]
        if refused:
            raise Refusal(
                400,
                "AvailabilityZoneNotSupported",
                f"The zone(s) '{','.join(refused)}' for resource '{call.id}' is not supported. The supported zones for"
                f" location '{location}' are '{','.join(allowed)}'.",
            )


def _check_redundancy(call: Call, location: str) -> None:
    sku = str(get(call.body, "sku.name") or "")
    if sku.endswith("ZRS"):
        raise Refusal(
            400,
            "RedundancyConfigurationNotAvailableInRegion",
            f"The storage account failed to create due to redundancy configuration - Sku: {sku}, Kind:"
            f" {call.body.get('kind', '')} - not available in selected Region - {location}. Please make sure the"
            " redundancy configuration selected is available in your region.",
        )

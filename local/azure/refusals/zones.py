"""Refusal of availability zones that the subscription cannot use in a region."""

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.services.subscriptions import zones_of
from local.azure.refusals.rule import Rule


class Zones(Rule):
    """Rule: a zone of a resource is one of the region's, as far as the subscription may use it."""

    text = "A zone that the region has not, or that a switch takes from the subscription, is refused."
    source = '"Azure regions list"; "Resolve errors for SKU not available"'

    @override
    def check(self, call: Call) -> None:
        if not call.writes or not call.body.get("zones"):
            return
        location = call.body.get("location", "").replace(" ", "").lower()
        allowed = zones_of(call.cloud, location)
        refused = [each for each in call.body["zones"] if each not in allowed]
        if refused:
            raise Refusal(
                400,
                "AvailabilityZoneNotSupported",
                f"The zone(s) '{','.join(refused)}' for resource '{call.id}' is not supported. The supported zones for"
                f" location '{location}' are '{','.join(allowed)}'.",
            )

"""Refusal of locations that there are not."""

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.services.subscriptions import LOCATIONS
from local.azure.refusals.rule import Rule


class Locations(Rule):
    """Rule: a resource is made in a location of Azure."""

    text = "A resource without a location, or in one that there is not, is refused."
    source = '"Common Azure deployment errors": LocationRequired, LocationNotAvailableForResourceType'

    @override
    def check(self, call: Call) -> None:
        if call.method != "PUT" or not call.kind.located:
            return
        location = call.body.get("location") or call.kind.defaults.get("location") or ""
        if not location:
            message = "The location property is required for this definition."
            raise Refusal(400, "LocationRequired", message)
        if location.replace(" ", "").lower() not in {*LOCATIONS, "global"}:
            raise Refusal(
                400,
                "LocationNotAvailableForResourceType",
                f"The provided location '{location}' is not available for resource type '{call.kind.type}'. List of"
                f" available regions for the resource type is '{','.join(LOCATIONS)}'.",
            )

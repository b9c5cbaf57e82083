"""Refusal of PostgreSQL servers that a region does not offer."""

import re
from typing import Any

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get
from local.azure.arm.services.postgresql import SERVER, offered, takes_zone_redundant
from local.azure.arm.services.subscriptions import zones_of
from local.azure.refusals.rule import Rule
from local.proxy.values import merge

# "Compute options in Azure Database for PostgreSQL": Standard_D2ds_v5, and Standard_D2ads_v5 with AMD's processors.
_SIZE = re.compile(r"Standard_[DE]\d+(?P<amd>a?)d?s_(?P<generation>v\d)")
_OFF = {None, "Disabled"}


class Databases(Rule):
    """Rule: a server has a size, zones and high availability of its region; a burstable one stands alone."""

    text = (
        "A PostgreSQL server is refused whose size or zone its region has not, or whose high availability the region "
        "blocks; a burstable one has no high availability and no replica."
    )
    source = (
        '"Azure Database for PostgreSQL, regions"; azurerm pull 19791 and issue 21306; azuresandbox issue 118; "High '
        'availability" and "Read replicas", Azure Database for PostgreSQL'
    )

    @override
    def check(self, call: Call) -> None:
        if call.kind.type != SERVER or not call.writes:
            return
        before = call.stored["body"] if call.stored else {}
        wanted = merge(before, call.body)
        location = str(wanted.get("location", "")).replace(" ", "").lower()
        _check_size(call, wanted, location)
        _check_zones(call, wanted, location)
        _check_availability(call, before, wanted, location)
        _check_source(call)


def _check_size(call: Call, wanted: dict[str, Any], location: str) -> None:
    """Refuse a size of a generation, or with processors, that the region has not."""
    name = get(wanted, "sku.name") or ""
    generations = offered(call.cloud, location)
    size = _SIZE.fullmatch(name)
    if size and (size["generation"] not in generations or (size["amd"] and "AMD" not in generations)):
        names = ", ".join(each for each in generations if each != "AMD")
        raise Refusal(
            400,
            "ParameterOutOfRange",
            f"The value of the 'Sku.Name' should be in: [sizes of {names}]. Verify that the specified parameter value"
            f" is correct: {name} in {location}.",
        )


def _check_zones(call: Call, wanted: dict[str, Any], location: str) -> None:
    paths = ("properties.availabilityZone", "properties.highAvailability.standbyAvailabilityZone")
    for zone in filter(None, (get(wanted, path) for path in paths)):
        if zone not in zones_of(call.cloud, location):
            message = f"The availiabilityZone '{zone}' is not found for subscription id '{call.id.subscription}'."
            raise Refusal(400, "AvailableZoneNotFound", message)


def _check_availability(call: Call, before: dict[str, Any], wanted: dict[str, Any], location: str) -> None:
    mode = get(wanted, "properties.highAvailability.mode")
    if mode in _OFF:
        return
    if get(wanted, "sku.tier") == "Burstable":
        message = "High availability is not supported for servers of the Burstable tier."
        raise Refusal(400, "InvalidParameterValue", message)
    blocked = not takes_zone_redundant(call.cloud, location)
    if mode == "ZoneRedundant" and blocked and get(before, "properties.highAvailability.mode") != mode:
        raise Refusal(400, "HADisabledForRegion", f"HA is disabled for region {location}.")


def _check_source(call: Call) -> None:
    """Refuse a replica of a server that is not there, or that is burstable."""
    source = get(call.body, "properties.sourceServerResourceId")
    if not source or get(call.body, "properties.createMode") != "Replica":
        return
    stored = call.cloud.find(ResourceId(source))
    if stored is None:
        raise Refusal(404, "ResourceNotFound", f"The source server '{source}' of replica '{call.id}' was not found.")
    if get(stored["body"], "sku.tier") == "Burstable":
        message = "Read replicas are not supported for servers of the Burstable tier."
        raise Refusal(400, "InvalidParameterValue", message)

"""Delegation: whether the internet's answer for a zone's name servers is that of Cloud DNS."""

from collections.abc import Iterator
from functools import partial

from admin.gcp.api import Api
from admin.preflight.domains import Resolve, compare, name_servers, plain
from admin.preflight.gcp.needs import Needs
from admin.preflight.model import Answer, Check, missing, unknown
from assembly import Resource

_PRIVATE = "private"


def checks(needs: Needs, api: Api, resolve: Resolve = name_servers) -> Iterator[Check]:
    """Yield a check for each public zone of the stacks."""
    for zone in needs.resources("google_dns_managed_zone"):
        if zone.properties.get("visibility") != _PRIVATE:
            domain = plain(zone.properties["dns_name"])
            yield Check("delegation", domain, partial(_zone, needs, api, zone, domain, resolve))


def _zone(needs: Needs, api: Api, zone: Resource, domain: str, resolve: Resolve) -> Answer:
    found = api.pages("dns.managedZones.list", "managedZones", project=needs.project_of(zone), dnsName=f"{domain}.")
    zones = {str(each["name"]): each for each in found if each.get("visibility") != _PRIVATE}
    own = zones.pop(str(zone.properties["name"]), None)
    if zones:
        return missing(
            f"{', '.join(sorted(zones))} has the same name and is not of {zone.stack}",
            *(
                f"Where nothing uses it: gcloud dns managed-zones delete {name} --project={needs.project_of(zone)}"
                for name in sorted(zones)
            ),
        )
    if own is None:
        return missing(
            f"{zone.stack} has not created the zone",
            f"cdktf deploy {zone.stack}, then delegate {domain} to the name servers that it prints, and run this again",
        )
    if api.embedded:
        return unknown("the internet delegates nothing to the embedded Google Cloud")
    return compare(domain, {plain(str(each)) for each in own["nameServers"]}, resolve)

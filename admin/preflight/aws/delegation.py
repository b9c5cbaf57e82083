"""Delegation: whether the internet's answer for a zone's name servers is that of Route 53."""

from collections.abc import Iterator
from functools import partial

from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import Needs
from admin.preflight.domains import Resolve, compare, name_servers, plain
from admin.preflight.model import Answer, Check, missing, unknown
from assembly import Resource

_KIND = "AWS::Route53::HostedZone"


def checks(needs: Needs, account: Account, resolve: Resolve = name_servers) -> Iterator[Check]:
    """Yield a check for each zone of the templates."""
    for zone in needs.resources(_KIND):
        yield Check("delegation", plain(zone.properties["Name"]), partial(_zone, needs, account, zone, resolve))


def _zone(needs: Needs, account: Account, zone: Resource, resolve: Resolve) -> Answer:
    stack, domain = needs.stack_of(zone), plain(zone.properties["Name"])
    client = account.client("route53", zone.region)
    # The list begins at the name, and goes on with others.
    found = client.list_hosted_zones_by_name(DNSName=f"{domain}.")["HostedZones"]
    zones = [
        str(each["Id"]).rpartition("/")[2]
        for each in found
        if plain(each["Name"]) == domain and not each.get("Config", {}).get("PrivateZone", False)
    ]
    own = account.physical_id(stack, zone.id)
    if others := [each for each in zones if each != own]:
        return missing(
            f"{', '.join(others)} has the same name and is not of {stack.name}",
            *(f"Where nothing uses it: aws route53 delete-hosted-zone --id {each}" for each in others),
        )
    if own is None or own not in zones:
        return missing(
            f"{stack.name} has not created the zone",
            f"cdk deploy {stack.name}, then delegate {domain} to the name servers that it prints, and run this again",
        )
    servers = {plain(each) for each in client.get_hosted_zone(Id=own)["DelegationSet"]["NameServers"]}
    if account.embedded:
        return unknown("the internet delegates nothing to the embedded cloud")
    return compare(domain, servers, resolve)

"""Delegation: whether the internet's answer for a zone's name servers is that of Route 53."""

from collections.abc import Callable, Iterator
from functools import partial

import dns.exception
import dns.resolver

from admin.errors import PreflightError
from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing, unknown
from assembly import Resource

_SECONDS = 10
_KIND = "AWS::Route53::HostedZone"
Resolve = Callable[[str], frozenset[str]]


def name_servers(domain: str, resolver: dns.resolver.Resolver | None = None) -> frozenset[str]:
    """Return the name servers of a domain that a resolver finds; none where nothing is delegated.

    The standard library asks for addresses only, so this takes dnspython.

    Args:
        domain: the zone's name.
        resolver: the system's where None.

    Raises:
        PreflightError: the resolver does not tell.
    """
    try:
        resolver = resolver or dns.resolver.Resolver()
        answer = resolver.resolve(f"{domain.rstrip('.')}.", "NS", lifetime=_SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return frozenset()
    except dns.exception.DNSException as error:
        raise PreflightError(
            f"no resolver tells the name servers of {domain}: {str(error).rstrip('.')}. Servers that do not answer for"
            " the zone, as after it was made a second time, look the same"
        ) from error
    return frozenset(_plain(str(each.target)) for each in answer)


def checks(needs: Needs, account: Account, resolve: Resolve = name_servers) -> Iterator[Check]:
    """Yield a check for each zone of the templates."""
    for zone in needs.resources(_KIND):
        yield Check("delegation", _plain(zone.properties["Name"]), partial(_zone, needs, account, zone, resolve))


def _zone(needs: Needs, account: Account, zone: Resource, resolve: Resolve) -> Answer:
    stack, domain = needs.stack_of(zone), _plain(zone.properties["Name"])
    client = account.client("route53", zone.region)
    # The list begins at the name, and goes on with others.
    found = client.list_hosted_zones_by_name(DNSName=f"{domain}.")["HostedZones"]
    zones = [
        str(each["Id"]).rpartition("/")[2]
        for each in found
        if _plain(each["Name"]) == domain and not each.get("Config", {}).get("PrivateZone", False)
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
    servers = {_plain(each) for each in client.get_hosted_zone(Id=own)["DelegationSet"]["NameServers"]}
    if account.embedded:
        return unknown("the internet delegates nothing to the embedded cloud")
    answered = resolve(domain)
    if answered == servers:
        return fine(f"delegated to {', '.join(sorted(servers))}")
    step = f"At the registrar, or in the parent zone: NS records of {domain} with {', '.join(sorted(servers))}"
    if not answered:
        return missing("not delegated", step)
    return missing(
        f"delegated to {', '.join(sorted(answered))}", step, "Resolvers keep an old answer for up to two days"
    )


def _plain(name: str) -> str:
    return name.rstrip(".").lower()

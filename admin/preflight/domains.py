"""Delegation of a domain: the name servers that the internet finds, and those that a cloud's zone has."""

from collections.abc import Callable, Set

import dns.exception
import dns.resolver

from admin.errors import PreflightError
from admin.preflight.model import Answer, fine, missing

_SECONDS = 10
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
    return frozenset(plain(str(each.target)) for each in answer)


def compare(domain: str, servers: Set[str], resolve: Resolve) -> Answer:
    """Say whether the internet finds the name servers of a zone.

    Args:
        domain: the zone's name.
        servers: of the zone, as :func:`plain` writes them.
        resolve: finds the name servers of a domain.

    Raises:
        PreflightError: the resolver does not tell.
    """
    answered = resolve(domain)
    if answered == servers:
        return fine(f"delegated to {', '.join(sorted(servers))}")
    step = f"At the registrar, or in the parent zone: NS records of {domain} with {', '.join(sorted(servers))}"
    if not answered:
        return missing("not delegated", step)
    return missing(
        f"delegated to {', '.join(sorted(answered))}", step, "Resolvers keep an old answer for up to two days"
    )


def plain(name: str) -> str:
    """Return a domain's name in lower case, without the dot of the root."""
    return name.rstrip(".").lower()

"""Addresses as sets: which of them are on the internet, and which traffic rules are new.

A traffic rule lets somebody reach something on some ports, or refuses that. Addresses and ports are compared as
numbers, so that 0.0.0.0/1 and 128.0.0.0/1 are the internet, and a narrower range is nothing new.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_network, summarize_address_range
from itertools import chain
from typing import NamedTuple

# No address of the internet: "IANA IPv4/IPv6 Special-Purpose Address Registry"; the addresses from which load balancers
# and health checks of Google Cloud call, which forward what their own rules let in ("Firewall rules", Cloud Load
# Balancing documentation); those of Google's APIs that only its networks reach ("Configure Private Google Access").
_NOT_PUBLIC = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
    "240.0.0.0/4", "::/127", "64:ff9b:1::/48", "100::/64", "2001:db8::/32", "fc00::/7", "fe80::/10", "ff00::/8",
    "35.191.0.0/16", "130.211.0.0/22", "2600:2d00:1:b029::/64", "2600:2d00:1:1::/64",
    "199.36.153.4/30", "199.36.153.8/30",
)  # fmt: skip
# A plain attribute of another resource: the addresses that we own are private, but for those of load balancers, which
# are reached through rules of their own.
_OWN = re.compile(r'\$\{(?!(?:var|local|data|each|count|module)\.)[^(){}"?]*\.[^(){}"?]*\}(?:/\d+)?')
# How many ranges a sentence names.
_SHOWN = 3
Rules = Sequence["TrafficRule"]
EVERYBODY = ("0.0.0.0/0", "::/0")
LAST_PORT = 65535
# Where nothing is written, each protocol.
ALL = "all"
_V4, _V6 = 4, 6
# Half of all addresses of IPv4, and of the eighth of IPv6 that is public ("Global Unicast Address", IANA).
_HALF = {_V4: 2**31, _V6: 2**124}


class _Span(NamedTuple):
    """Addresses one after another, as numbers, the last one included."""

    version: int
    first: int
    last: int


@dataclass(frozen=True)
class TrafficRule:
    """Packets that may pass, or are refused.

    Attributes:
        peers: addresses that call, or are called, as networks; what is none stands for itself.
        ports: first and last one.
        thing: what is reached, or calls; ``*`` is everything beside it, too.
        inward: whether the peers call.
        scope: rules are compared within one: a group, a network, a namespace.
        opens: whether the packets pass; else they are refused.
    """

    peers: tuple[str, ...]
    protocol: str = ALL
    ports: tuple[int, int] = (0, LAST_PORT)
    thing: str = ""
    inward: bool = True
    scope: str = ""
    opens: bool = True

    def is_about(self, other: "TrafficRule") -> bool:
        """Return whether it counts for all that another one counts for, peers and ports aside."""
        return (
            (self.inward, self.scope, self.opens) == (other.inward, other.scope, other.opens)
            and self.protocol in (ALL, other.protocol)
            and self.thing in ("*", other.thing)
        )


def new_rules(rules: Iterable[TrafficRule], known: Sequence[TrafficRule]) -> Iterator[TrafficRule]:
    """Yield rules that are not known, each with those peers alone that are new on some of its ports."""
    for rule in rules:
        alike = [other for other in known if other.is_about(rule)]
        new: list[str] = []
        for first, last in _parts(rule.ports, [other.ports for other in alike]):
            there = [
                peer for other in alike if other.ports[0] <= first and last <= other.ports[1] for peer in other.peers
            ]
            new += without(rule.peers, there)
        if new:
            yield replace(rule, peers=tuple(dict.fromkeys(new)))


def _parts(ports: tuple[int, int], others: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a range of ports in parts, each of which is wholly in another range or wholly outside."""
    first, last = ports
    edges = {edge for begin, end in others for edge in (begin, end + 1)}
    starts = [first, *sorted(edge for edge in edges if first < edge <= last)]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), last], strict=True))


def is_narrower(own: tuple[Sequence[TrafficRule], Sequence[TrafficRule]], before: Rules, after: Rules) -> bool:
    """Return whether rules let nobody pass who did not, and leave out nobody altogether who did.

    Whoever calls from the internet, or is called there, is left out as soon as one address or port goes.

    Args:
        own: the rules of what changes, before and after.
        before: all rules before.
        after: all rules after.
    """
    old, new = own
    have_peers = bool(old and new) and all(rule.peers for rule in (*old, *new))
    if not have_peers or list(new_rules(_that(new, opens=True), before)):
        return False
    if list(new_rules(_that(old, opens=False), after)) or list(new_rules(_that(new, opens=False), before)):
        return False
    for rule in _that(old, opens=True):
        for lost in new_rules([rule], after):
            is_there = any(
                each.inward is rule.inward and _meet(each.peers, rule.peers) for each in _that(new, opens=True)
            )
            if public(lost.peers) or not is_there:
                return False
    return True


def _that(rules: Iterable[TrafficRule], *, opens: bool) -> list[TrafficRule]:
    return [rule for rule in rules if rule.opens is opens]


def _meet(peers: Iterable[str], others: Iterable[str]) -> bool:
    """Return whether some peers are among others, wholly or in part."""
    (spans, names), (other_spans, other_names) = _read(peers), _read(others)
    return bool(set(names) & set(other_names)) or any(
        _left([span], other_spans.values()) != _merged([span]) for span in spans.values()
    )


def without(peers: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Yield the addresses of some peers that are none of others, in as few networks as can be; names as they are."""
    given, names = _read(peers)
    taken, other_names = _read(known)
    yield from sorted(set(names) - set(other_names))
    for span in _left(given.values(), taken.values()):
        yield from _networks(span)


def public(peers: Iterable[str]) -> list[str]:
    """Return the peers that hold an address of the internet, or of which nobody can tell."""
    spans, names = _read(peers)
    found = [written for written, span in spans.items() if _left([span], _read(_NOT_PUBLIC)[0].values())]
    return [*found, *(each for each in names if not _OWN.fullmatch(each))]


def is_everybody(peers: Iterable[str]) -> bool:
    """Return whether some networks together are at least half of the internet."""
    sizes = {_V4: 0, _V6: 0}
    for span in _merged(_read(peers)[0].values()):
        sizes[span.version] += span.last - span.first + 1
    return any(sizes[version] >= half for version, half in _HALF.items())


def covers_networks(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Return whether some addresses are all among others."""
    return not list(without(narrow, wide))


def callers(peers: Sequence[str]) -> str:
    """Return public peers in words."""
    if is_everybody(peers):
        return "anybody on the internet"
    spans, names = _read(peers)
    networks = list(spans)
    more = f" and {len(networks) - _SHOWN} more ranges" if len(networks) > _SHOWN else ""
    words = [f"{', '.join(networks[:_SHOWN])}{more} on the internet"] if networks else []
    return " and ".join([*words, *names])


def ports_in_words(rule: TrafficRule) -> str:
    """Return the ports of a rule in words: ``tcp port 443``, ``every port``."""
    first, last = rule.ports
    if (first, last) == (0, LAST_PORT):
        return "every port" if rule.protocol == ALL else f"{rule.protocol} every port"
    return f"{rule.protocol} port {first}" if first == last else f"{rule.protocol} ports {first} to {last}"


def said(rules: Iterable[TrafficRule]) -> Iterator[str]:
    """Yield the new rules about the internet in words, those that differ in their peers alone together."""
    together: dict[TrafficRule, list[str]] = {}
    for rule in rules:
        if peers := public(rule.peers):
            together.setdefault(replace(rule, peers=()), []).extend(peers)
    for rule, peers in together.items():
        who, ports = callers(sorted(set(peers))), ports_in_words(rule)
        thing = f" of {rule.thing}" if rule.thing not in ("", "*") else ""
        no_longer = "" if rule.opens else "no longer refused: "
        if rule.inward:
            yield f"{no_longer}{who} reaches {ports}{thing}"
        else:
            called = "all of the internet" if is_everybody(peers) else who
            caller = rule.thing if rule.thing not in ("", "*") else "what is there"
            yield f"{no_longer}{caller} reaches {called} on {ports}"


def ports_of(written: str) -> tuple[int, int] | None:
    """Return the first and last port of ``80``, ``8000-9000`` or nothing; None where nobody can tell."""
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", written)
    return (int(found[1]), int(found[2] or found[1])) if found else None


def _read(peers: Iterable[str]) -> tuple[dict[str, _Span], list[str]]:
    """Return networks, as they are written properly, and what is none."""
    spans: dict[str, _Span] = {}
    names: list[str] = []
    for peer in dict.fromkeys(peers):
        try:
            network = ip_network(peer, strict=False)
        except ValueError:
            names.append(peer)
        else:
            first, last = int(network.network_address), int(network.broadcast_address)
            spans[str(network)] = _Span(network.version, first, last)
    return spans, names


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    """Return spans in order, those as one that touch."""
    found: list[_Span] = []
    for span in sorted(spans):
        above = found[-1] if found else None
        if above and above.version == span.version and span.first <= above.last + 1:
            found[-1] = above._replace(last=max(above.last, span.last))
        else:
            found.append(span)
    return found


def _left(spans: Iterable[_Span], taken: Iterable[_Span]) -> list[_Span]:
    """Return what is left of spans without others."""
    left = _merged(spans)
    for each in _merged(taken):
        left = list(chain.from_iterable(_cut(span, each) for span in left))
    return left


def _cut(span: _Span, taken: _Span) -> Iterator[_Span]:
    if span.version != taken.version or taken.last < span.first or span.last < taken.first:
        yield span
        return
    if span.first < taken.first:
        yield span._replace(last=taken.first - 1)
    if taken.last < span.last:
        yield span._replace(first=taken.last + 1)


def _networks(span: _Span) -> Iterator[str]:
    """Yield the fewest networks that are a span together."""
    if span.version == _V4:
        yield from map(str, summarize_address_range(IPv4Address(span.first), IPv4Address(span.last)))
    else:
        yield from map(str, summarize_address_range(IPv6Address(span.first), IPv6Address(span.last)))

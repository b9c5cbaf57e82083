"""Checks of regions, zones, address ranges and domains (AWS-1, AWS-2)."""

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Network

from environments.checks import gcp_regions
from environments.checks.aws_regions import KNOWN_REGIONS
from environments.errors import Violation
from environments.model import Environment, NetworkSettings
from environments.policy import Policy

_PRIVATE_RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_LARGEST_VPC, _SMALLEST_VPC = 16, 28
# Ranges are reserved for as many, however many are used.
_ZONES = 3
# Names that an environment has in its domain.
_HOSTS = ("api", "origin")
_CONTINENTS = ("us", "europe", "asia")


def ranges_are_private(environment: Environment) -> Iterator[Violation]:
    """Each network has addresses of RFC 1918."""
    for key, settings in _networks(environment):
        if not any(settings.cidr.subnet_of(private) for private in _PRIVATE_RANGES):
            yield Violation(f"{key}.cidr", f"a part of {', '.join(map(str, _PRIVATE_RANGES))} (RFC 1918)")


def ranges_are_large_enough(environment: Environment) -> Iterator[Violation]:
    """Each network has room for the subnets of three zones, used or reserved, in a size that a VPC can have."""
    for key, settings in _networks(environment):
        prefix = _prefix_needed(settings)
        if prefix < _LARGEST_VPC:
            yield Violation(
                f"{key}.private_mask", f"the subnets of {_ZONES} zones do not fit into a /16, the largest VPC"
            )
        elif not _LARGEST_VPC <= settings.cidr.prefixlen <= min(prefix, _SMALLEST_VPC):
            yield Violation(
                f"{key}.cidr",
                f"a range from /{_LARGEST_VPC} to /{min(prefix, _SMALLEST_VPC)}, to hold in each of"
                f" {_ZONES} zones a public /{settings.public_mask},"
                f" a private /{settings.private_mask} and an isolated /{settings.isolated_mask}",
            )


def nat_gateways_have_a_zone_each(environment: Environment) -> Iterator[Violation]:
    """A zone has at most one NAT gateway; a second costs money and adds nothing."""
    for key, settings in _networks(environment):
        if settings.nat_gateways > settings.availability_zones:
            yield Violation(f"{key}.nat_gateways", f"at most one per zone, {settings.availability_zones}")


def endpoints_are_named_once(environment: Environment) -> Iterator[Violation]:
    """A service has one interface endpoint; two contradict each other in the network's DNS."""
    for key, settings in _networks(environment):
        for name in _repeated(settings.interface_endpoints):
            yield Violation(f"{key}.interface_endpoints", f"each service once; {name} is there twice")


def recovery_range_is_its_own(environment: Environment) -> Iterator[Violation]:
    """The network in the recovery region has addresses of its own, because both are reachable during a recovery."""
    recovery = environment.recovery
    if recovery and recovery.network.cidr.overlaps(environment.network.cidr):
        yield Violation("recovery.network.cidr", f"a range apart from network.cidr, {environment.network.cidr}")


def ranges_do_not_overlap(environment: Environment, other: Environment) -> Iterator[Violation]:
    """Networks of two environments share no address, so that they can be connected."""
    for key, settings in _networks(environment):
        for other_key, other_settings in _networks(other):
            if settings.cidr.overlaps(other_settings.cidr):
                there = f"{other_key}.cidr of {other.name}, {other_settings.cidr}"
                yield Violation(f"{key}.cidr", f"a range that does not overlap with {there}")


def domains_differ(environment: Environment, other: Environment) -> Iterator[Violation]:
    """Two environments have different domains, and none is the name of another's API or load balancer."""
    own, others = environment.account.domain, other.account.domain
    if own == others:
        yield Violation("account.domain", f"a domain of its own; {other.name} has the same")
    for longer, shorter in ((own, others), (others, own)):
        if longer in {f"{host}.{shorter}" for host in _HOSTS}:
            yield Violation("account.domain", f"a domain apart from {others} of {other.name}: {longer} is a host of it")


def recovery_is_elsewhere(policy: Policy) -> Iterator[Violation]:
    """The recovery region is another one than the primary region."""
    for cloud, pair, promise in (("aws", policy.regions.aws, "AWS-1"), ("gcp", policy.regions.gcp, "GCP-1")):
        if pair.recovery.name == pair.primary.name:
            allowed = f"a region other than regions.{cloud}.primary.name ({promise})"
            yield Violation(f"regions.{cloud}.recovery.name", allowed)


def a_bucket_can_span_the_regions(policy: Policy) -> Iterator[Violation]:
    """A bucket of Cloud Storage lies in two regions of one continent ("Bucket locations", Cloud Storage docs; DR-9)."""
    pair = policy.regions.gcp
    continent = pair.primary.name.partition("-")[0]
    if continent not in _CONTINENTS:
        allowed = f"a region of {', '.join(_CONTINENTS)}, where a bucket can span two (DR-9)"
        yield Violation("regions.gcp.primary.name", allowed)
    elif pair.recovery.name.partition("-")[0] != continent:
        allowed = f"a region of {continent}, like regions.gcp.primary.name, so that a bucket can span both (DR-9)"
        yield Violation("regions.gcp.recovery.name", allowed)
    else:
        yield from _pair(pair.primary.name, pair.recovery.name)


def gcp_knows_the_regions(policy: Policy) -> Iterator[Violation]:
    """Both regions of Google Cloud have all that is deployed, and the zones exist (GCP-1)."""
    pair = policy.regions.gcp
    for key, region in (("primary", pair.primary), ("recovery", pair.recovery)):
        place, known = f"regions.gcp.{key}", gcp_regions.KNOWN_REGIONS.get(region.name)
        if region.name.partition("-")[0] not in _CONTINENTS:
            continue
        if known is None:
            yield Violation(f"{place}.name", f"one of {', '.join(gcp_regions.KNOWN_REGIONS)}")
            continue
        for index, zone in enumerate(region.zones):
            if zone[:-1] == f"{region.name}-" and zone[-1:] not in known.zones:
                zones = ", ".join(f"{region.name}-{letter}" for letter in known.zones)
                yield Violation(f"{place}.zones.{index}", f"one of {zones}")


def aws_knows_the_regions(policy: Policy) -> Iterator[Violation]:
    """Both regions of AWS have all that is deployed, the zones exist, and the prefix list is theirs (AWS-1)."""
    for key, region in (("primary", policy.regions.aws.primary), ("recovery", policy.regions.aws.recovery)):
        place, known = f"regions.aws.{key}", KNOWN_REGIONS.get(region.name)
        if known is None:
            yield Violation(f"{place}.name", f"one of {', '.join(KNOWN_REGIONS)}")
            continue
        for index, zone in enumerate(region.zones):
            if zone[:-1] == region.name and zone[-1:] not in known.zones:
                zones = ", ".join(region.name + letter for letter in known.zones)
                yield Violation(f"{place}.zones.{index}", f"one of {zones}, which every account has")
        if region.cdn_prefix_list != known.cdn_prefix_list:
            yield Violation(f"{place}.cdn_prefix_list", f"{known.cdn_prefix_list}, CloudFront's in {region.name}")


def zones_belong_to_their_region(policy: Policy) -> Iterator[Violation]:
    """The zones of a region are its own, each named once."""
    for cloud, pair, separator in (("aws", policy.regions.aws, ""), ("gcp", policy.regions.gcp, "-")):
        for key, region in (("primary", pair.primary), ("recovery", pair.recovery)):
            place, prefix = f"regions.{cloud}.{key}.zones", region.name + separator
            for index, zone in enumerate(region.zones):
                if zone[:-1] != prefix or not "a" <= zone[-1:] <= "z":
                    yield Violation(f"{place}.{index}", f"a zone of {region.name}, such as {prefix}a")
            for zone in _repeated(region.zones):
                yield Violation(place, f"each zone once; {zone} is there twice")


def _pair(primary: str, recovery: str) -> Iterator[Violation]:
    """Yield a violation where Cloud Storage offers no bucket in two known regions of a continent."""
    known = gcp_regions.KNOWN_REGIONS
    if primary == recovery or not {primary, recovery} <= known.keys():
        return
    if not _spans(primary, recovery):
        continent = primary.partition("-")[0]
        others = [name for name in known if name.startswith(f"{continent}-") and _spans(primary, name)]
        allowed = f"{' or '.join(others)}, so that a bucket can span it and {primary} (DR-9)"
        yield Violation("regions.gcp.recovery.name", allowed)


def _spans(one: str, other: str) -> bool:
    known = gcp_regions.KNOWN_REGIONS
    if frozenset({one, other}) in gcp_regions.PREDEFINED_DUAL_REGIONS:
        return True
    return one != other and known[one].pairs and known[other].pairs


def _networks(environment: Environment) -> Iterator[tuple[str, NetworkSettings]]:
    yield "network", environment.network
    if environment.recovery:
        yield "recovery.network", environment.recovery.network


def _prefix_needed(settings: NetworkSettings) -> int:
    """Return the prefix length of the smallest network for the subnets, laid out one kind after the other, aligned."""
    end = 0
    for mask in (settings.public_mask, settings.private_mask, settings.isolated_mask):
        size = 2 ** (32 - mask)
        end = -(-end // size) * size + size * _ZONES
    return 32 - (end - 1).bit_length()


def _repeated(names: tuple[str, ...]) -> Iterator[str]:
    return (name for name, count in Counter(names).items() if count > 1)

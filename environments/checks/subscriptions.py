"""Checks of limits that only subscriptions of Azure have (AZR-1, AZR-2, AZR-4, AZR-5, AZR-9, DR-5, SEC-11)."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import pairwise
from typing import NamedTuple

from environments.errors import Violation
from environments.model import Environment, NetworkSettings
from environments.policy import Policy


class _Machine(NamedTuple):
    cpus: int
    memory_gib: int


# Regions with three availability zones that any subscription may use ("Azure regions list", Azure reliability
# documentation).
KNOWN_REGIONS = (
    "australiaeast",
    "brazilsouth",
    "canadacentral",
    "centralindia",
    "centralus",
    "eastasia",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "italynorth",
    "japaneast",
    "koreacentral",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "southafricanorth",
    "southcentralus",
    "southeastasia",
    "spaincentral",
    "swedencentral",
    "switzerlandnorth",
    "uaenorth",
    "uksouth",
    "westeurope",
    "westus2",
    "westus3",
)
# Eight /24: the gateway's, four for nodes, and one that all small subnets share (constructs_lib/azure/network).
_SMALLEST_NETWORK = 21
# "Configure Azure CNI networking", prerequisites, AKS documentation.
_NOT_FOR_CLUSTERS = tuple(map(IPv4Network, ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")))
_PRIVATE_RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
# A vault's name has 24 characters ("Naming rules", Azure Resource Manager documentation), twelve of them for the
# generation and the fingerprint (constructs_lib/naming.py).
_LONGEST_NAME = 12
# Machines of flexible servers ("Compute options", Azure Database for PostgreSQL).
_BURSTABLE: Mapping[str, _Machine] = {
    "B2s": _Machine(2, 4),
    "B2ms": _Machine(2, 8),
    "B4ms": _Machine(4, 16),
    "B8ms": _Machine(8, 32),
    "B12ms": _Machine(12, 48),
    "B16ms": _Machine(16, 64),
    "B20ms": _Machine(20, 80),
}
# Those that both generations have.
_GENERAL_PURPOSE: Mapping[str, _Machine] = {
    f"D{cpus}ds": _Machine(cpus, cpus * 4) for cpus in (2, 4, 8, 16, 32, 48, 64)
}
# "Storage options", Azure Database for PostgreSQL; the same in hashicorp/azurerm 4.55.0, "storage_mb".
_STORAGE_GIB = (32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767)
# GB of a node, of which a fifth is kept for the service itself ("Azure Managed Redis architecture", reserved memory).
_REDIS_GB = {
    "Balanced_B0": 0.5,
    "Balanced_B1": 1,
    "Balanced_B3": 3,
    "Balanced_B5": 6,
    "Balanced_B10": 12,
    "Balanced_B20": 24,
}
_FREE_SHARE = 0.8
# "Soft delete for blobs", Azure Storage documentation.
_DELETED_BLOBS_DAYS = 365
# "Manage data retention in a Log Analytics workspace": interactive retention of all tables.
_WORKSPACE_DAYS = (30, 730)
# "Set a retention policy for untagged manifests", Azure Container Registry documentation.
_UNTAGGED_DAYS = 365
# "Virtual network flow logs", Network Watcher documentation.
_FLOW_LOG_DAYS = 365


def regions_have_zones(policy: Policy) -> Iterator[Violation]:
    """Both regions have three zones, each named once, and are not the same (AZR-1)."""
    pair = policy.regions.azure
    for key, region in (("primary", pair.primary), ("recovery", pair.recovery)):
        place = f"regions.azure.{key}"
        if region.name not in KNOWN_REGIONS:
            yield Violation(f"{place}.name", f"one of {', '.join(KNOWN_REGIONS)}, which have zones")
        if len(set(region.zones)) < len(region.zones):
            yield Violation(f"{place}.zones", "each zone once")
    if pair.recovery.name == pair.primary.name:
        yield Violation("regions.azure.recovery.name", "a region other than regions.azure.primary.name (AZR-1)")


def deployers_have_public_addresses(policy: Policy) -> Iterator[Violation]:
    """A vault's firewall takes public addresses only ("Configure Azure Key Vault firewalls")."""
    account = policy.account.azure
    for index, addresses in enumerate(account.deployer_ranges if account else ()):
        if any(addresses.overlaps(private) for private in _PRIVATE_RANGES):
            allowed = "public addresses; a vault answers private ones through its private endpoint"
            yield Violation(f"account.azure.deployer_ranges.{index}", allowed)


def storage_keeps_what_is_deleted(policy: Policy) -> Iterator[Violation]:
    """A deleted blob can be restored for a year at most (DR-10)."""
    if policy.account.azure and policy.objects.old_versions_keep_days > _DELETED_BLOBS_DAYS:
        yield Violation("objects.old_versions_keep_days", f"at most {_DELETED_BLOBS_DAYS} with account.azure")


def logs_are_kept_as_workspaces_can(policy: Policy) -> Iterator[Violation]:
    """A workspace keeps logs for as many days as it can (SEC-11)."""
    least, most = _WORKSPACE_DAYS
    if policy.account.azure and not least <= policy.security.log_days <= most:
        yield Violation("security.log_days", f"{least} to {most} with account.azure")


def untagged_images_are_kept_a_year_at_most(policy: Policy) -> Iterator[Violation]:
    """A registry keeps images without a tag for a year at most (DR-5)."""
    if policy.account.azure and policy.images.untagged_keep_days > _UNTAGGED_DAYS:
        yield Violation("images.untagged_keep_days", f"at most {_UNTAGGED_DAYS} with account.azure")


def flexible_servers_have_the_memory(policy: Policy) -> Iterator[Violation]:
    """Each machine of the database is on offer, and has the memory of its size at least (AZR-4)."""
    for index, size in enumerate(policy.sizes.database):
        for key, given, offer in (
            ("burstable", size.azure.burstable, _BURSTABLE),
            ("general_purpose", size.azure.general_purpose, _GENERAL_PURPOSE),
        ):
            if given and (given not in offer or offer[given].memory_gib < size.memory_gib):
                enough = [name for name, machine in offer.items() if machine.memory_gib >= size.memory_gib]
                allowed = f"one of {', '.join(enough)}" if enough else f"none: no machine has {size.memory_gib} GiB"
                yield Violation(f"sizes.database.{index}.azure.{key}", allowed)


def flexible_servers_get_no_fewer_cpus(policy: Policy) -> Iterator[Violation]:
    """A larger size of the database has no fewer CPUs, so that a larger replica allows no fewer workers."""
    names = [size.azure.general_purpose for size in policy.sizes.database]
    for index, (lower, higher) in enumerate(pairwise(names), start=1):
        if {lower, higher} <= _GENERAL_PURPOSE.keys() and _GENERAL_PURPOSE[higher] < _GENERAL_PURPOSE[lower]:
            allowed = f"no fewer CPUs than the size before, {lower}"
            yield Violation(f"sizes.database.{index}.azure.general_purpose", allowed)


def storage_is_sold_in_steps(policy: Policy) -> Iterator[Violation]:
    """Each step of the database's storage is on offer, smallest first (AZR-4)."""
    before = 0
    for index, step in enumerate(policy.sizes.azure_storage_gib):
        if step not in _STORAGE_GIB:
            yield Violation(f"sizes.azure_storage_gib.{index}", f"one of {', '.join(map(str, _STORAGE_GIB))}")
        elif step <= before:
            yield Violation(f"sizes.azure_storage_gib.{index}", f"more than the step before, {before}: smallest first")
        before = step


def managed_redis_has_the_memory(policy: Policy) -> Iterator[Violation]:
    """Each SKU of the cache has the memory of its size, beside what the service keeps for itself (AZR-5)."""
    for index, size in enumerate(policy.sizes.cache):
        enough = [name for name, memory in _REDIS_GB.items() if memory * _FREE_SHARE >= size.memory_gib]
        if enough and size.azure not in enough:
            yield Violation(f"sizes.cache.{index}.azure", f"{' or '.join(enough)}, with {size.memory_gib} GiB or more")


def one_shard_holds_the_cache(environment: Environment) -> Iterator[Violation]:
    """The cache is small enough for one shard: in several, a command over several keys may fail (AZR-5)."""
    if environment.account.azure is None:
        return
    most = max(_REDIS_GB.values()) * _FREE_SHARE
    memory = [size.memory_gib for size in environment.policy.sizes.cache if size.name == environment.cache.size]
    if max(memory, default=0) > most:
        yield Violation("cache.size", f"a size of {most:g} GiB or less on Azure, the most that one shard holds")


def storage_has_a_step(environment: Environment) -> Iterator[Violation]:
    """The database's storage is no more than the largest step (AZR-4)."""
    most = max(environment.policy.sizes.azure_storage_gib)
    if environment.account.azure and environment.database.storage_gib > most:
        yield Violation("database.storage_gib", f"at most {most} on Azure, the last of sizes.azure_storage_gib")


def names_fit_into_a_vaults(environment: Environment) -> Iterator[Violation]:
    """The name of an environment leaves room in its vaults' names (AZR-9)."""
    if environment.account.azure and len(environment.name) > _LONGEST_NAME:
        allowed = f"left out: the environment's name, {environment.name}, has more than {_LONGEST_NAME} characters"
        yield Violation("account.azure.subscription_id", f"{allowed}, and leaves none for its vaults' names")


def flow_logs_are_kept_a_year_at_most(environment: Environment) -> Iterator[Violation]:
    """Flow logs are kept for a year at most, what Network Watcher keeps."""
    if environment.account.azure and environment.network.flow_log_days > _FLOW_LOG_DAYS:
        yield Violation("network.flow_log_days", f"at most {_FLOW_LOG_DAYS} on Azure")


def ranges_hold_the_subnets(environment: Environment) -> Iterator[Violation]:
    """Each network has room for a subnet of each concern, and none of the addresses that AKS refuses (AZR-2)."""
    if environment.account.azure is None:
        return
    for key, settings in _networks(environment).items():
        if settings.cidr.prefixlen > _SMALLEST_NETWORK:
            yield Violation(f"{key}.cidr", f"at most a /{_SMALLEST_NETWORK} on Azure")
        for refused in _NOT_FOR_CLUSTERS:
            if settings.cidr.overlaps(refused):
                yield Violation(f"{key}.cidr", f"a range apart from {refused} on Azure, where AKS refuses it")


def _networks(environment: Environment) -> dict[str, NetworkSettings]:
    networks = {"network": environment.network}
    if environment.recovery:
        networks["recovery.network"] = environment.recovery.network
    return networks

"""Checks of limits that only subscriptions of Azure have (AZR-1, AZR-2, AZR-9, DR-5, SEC-11)."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from environments.errors import Violation
from environments.model import Environment, NetworkSettings
from environments.policy import Policy

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

"""Conditions of Terraform's providers: whether a change of an argument replaces its resource, read in their code.

The facts say of which arguments it depends (``conditional``); these functions say on what. An unknown value counts as
the empty one, as in the providers' code ("customdiff" and ``ResourceDiff.GetChange``, Terraform Plugin SDK).
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence

from assembly.values import Json, at
from review.model.change import NOT_SET
from review.model.resource import Resource
from review.model.values import text

Condition = Callable[[Json, Json], bool]


def replaces(resource: Resource, path: str, before: Json, after: Json) -> bool | None:
    """Return whether a change of an argument replaces a resource; None where no condition is known.

    Args:
        resource: as it was.
        path: of the argument, without indexes.
        before: ``NOT_SET`` where it was not written.
        after: ``NOT_SET`` where it is no longer written, or not known before the apply.
    """
    if resource.type in _WHERE:
        return any(value is True for value in at(resource.settings, _WHERE[resource.type]))
    found = _CONDITIONS.get((resource.type, path))
    return None if found is None else found(before, after)


def refusal(before: Resource | None, after: Resource | None) -> str:
    """Return why the provider refuses at the plan what it accepts at another resource; nothing where it does not."""
    if after is None or after.type != "google_compute_firewall":
        return ""
    # resource_compute_firewall.go resourceComputeFirewallSourceFieldsCustomizeDiff; what was there stays.
    sides = [side.settings for side in (before, after) if side]
    egress = "EGRESS" in at(after.settings, "direction")
    written = any(True for side in sides for name in _SOURCES for _ in at(side, name))
    return "" if egress or written else f"the provider refuses it: one of {', '.join(_SOURCES)} must be there"


def _always(_: Json, __: Json) -> bool:
    return True


def _shrinks(before: Json, after: Json) -> bool:
    """Return whether a number, or the version in a name, is smaller than before."""
    old, new = ([int(digits) for digits in re.findall(r"\d+", text(side))] for side in (before, after))
    return after is not NOT_SET and bool(old) and bool(new) and new < old


def _is_disabled(before: Json, after: Json) -> bool:
    return before is True and after is not True


def _is_emptied(before: Json, after: Json) -> bool:
    return before not in (NOT_SET, None, "") and after in (NOT_SET, None, "")


def _is_no_longer_within(before: Json, after: Json) -> bool:
    """Return whether a range of addresses does not hold all of the former one."""
    try:
        old, new = (ipaddress.ip_network(text(side), strict=False) for side in (before, after))
    except ValueError:
        return False  # it is not known before the apply
    if isinstance(old, ipaddress.IPv4Network):
        return not isinstance(new, ipaddress.IPv4Network) or not old.subnet_of(new)
    return not isinstance(new, ipaddress.IPv6Network) or not old.subnet_of(new)


def _loses_an_item(before: Json, after: Json) -> bool:
    old, new = (set(map(text, side)) if isinstance(side, Sequence) else set() for side in (before, after))
    return bool(old - new)


_SOURCES = ("source_ranges", "source_service_accounts", "source_tags")
# Arguments that keep their value while the new one is unknown: the provider compares it as text that is no address.
# resource_compute_forwarding_rule.go InternalIpDiffSuppress
KEPT_WHEN_UNKNOWN = {("google_compute_global_forwarding_rule", "ip_address")}
# Of these types any change of a conditional argument replaces the resource, where this argument was true.
# resource_kubernetes_config_map_v1.go CustomizeDiff
_WHERE = {"kubernetes_config_map_v1": "immutable"}
_CONDITIONS: Mapping[tuple[str, str], Condition] = {
    # resource_compute_subnetwork.go IsShrinkageIpCidr
    ("google_compute_subnetwork", "ip_cidr_range"): _is_no_longer_within,
    # resource_container_cluster.go isBeenEnabled
    ("google_container_cluster", "enable_l4_ilb_subsetting"): _is_disabled,
    ("google_container_cluster", "enable_fqdn_network_policy"): _is_disabled,
    # resource_container_cluster.go containerClusterAutopilotCustomizeDiff; the clusters here are Autopilot
    ("google_container_cluster", "dns_config.additive_vpc_scope_dns_domain"): _always,
    # resource_container_cluster.go containerClusterEnableK8sBetaApisCustomizeDiffFunc
    ("google_container_cluster", "enable_k8s_beta_apis.enabled_apis"): _loses_an_item,
    # resource_redis_instance.go isRedisVersionDecreasing
    ("google_redis_instance", "redis_version"): _shrinks,
    # resource_sql_database_instance.go: IsDiskShrinkage, isSwitchoverFromOldPrimarySide, privateNetworkCustomizeDiff
    ("google_sql_database_instance", "settings.disk_size"): _shrinks,
    ("google_sql_database_instance", "master_instance_name"): _always,
    ("google_sql_database_instance", "replica_configuration.cascadable_replica"): _always,
    ("google_sql_database_instance", "settings.ip_configuration.private_network"): _is_emptied,
    # resource_storage_bucket.go isPolicyLocked
    ("google_storage_bucket", "retention_policy.is_locked"): _is_disabled,
}

"""Checks of limits that only Google Cloud has (GCP-2, GCP-4, GCP-5)."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network

from environments.errors import Violation
from environments.model import Environment, NetworkSettings
from environments.policy import Policy

# A quarter is then a /21 of pods: 32 nodes of 64 addresses ("IP address management in GKE", GKE documentation), where
# 20 instances and their successors need fewer.
_SMALLEST_NETWORK = 19
# "Point-in-time recovery", Cloud SQL documentation: of edition Enterprise; Enterprise Plus keeps 35.
_LOG_DAYS = 7
# "Read replicas overview", Memorystore for Redis documentation.
_READ_REPLICA_GIB = 5
_PRIMARY_AND_STANDBY = 2
_USD = "USD"
# "Create instances", Cloud SQL for PostgreSQL documentation: 0.9 to 6.5 GB.
_LEAST_MIB_PER_CPU = 922
_MOST_MIB_PER_CPU = 6656
# The same page: at least 3.75 GB, and at most 96 CPUs.
_LEAST_MIB = 3840
_MOST_CPUS = 96
# "Automated backup and transaction log retention", Cloud SQL documentation.
_BACKUPS = 365
# "Configure custom retention", Cloud Logging documentation.
_LOGGING_DAYS = 3650
# Cloud SQL's bridge network: an instance or a client with such an address is not reached ("Learn about using private
# IP", Cloud SQL documentation).
_BRIDGE = IPv4Network("172.17.0.0/16")
# "Redis tier capabilities", Memorystore for Redis documentation.
_REDIS_GIB = 300
# "Instance and node specification", Memorystore for Valkey documentation.
_VALKEY_GIB = {"SHARED_CORE_NANO": 1.4, "STANDARD_SMALL": 6.5, "HIGHMEM_MEDIUM": 13, "HIGHMEM_XLARGE": 58}
# "Resource requests in Autopilot", GKE documentation, general-purpose: Autopilot raises CPU where memory is more, which
# every plan would change back, and refuses what is larger.
_AUTOPILOT_GIB_PER_CPU = (1, 6.5)
_AUTOPILOT_CPUS = 30


def project_is_not_the_shared_one(environment: Environment) -> Iterator[Violation]:
    """An environment does not live in the project of what belongs to no environment."""
    account, shared = environment.account.gcp, environment.policy.account.gcp
    if account and shared and account.project == shared.project:
        yield Violation("account.gcp.project", "a project of its own, apart from account.gcp.project in policy.yaml")


def projects_differ(environment: Environment, other: Environment) -> Iterator[Violation]:
    """Two environments have different projects, whose buckets carry the project's name."""
    account, others = environment.account.gcp, other.account.gcp
    if account and others and account.project == others.project:
        yield Violation("account.gcp.project", f"a project of its own; {other.name} has the same")


def ranges_hold_a_cluster(environment: Environment) -> Iterator[Violation]:
    """Each network has room for a cluster: a quarter of it is for pods, 64 addresses a node."""
    if environment.account.gcp is None:
        return
    for key, settings in _networks(environment).items():
        if settings.cidr.prefixlen > _SMALLEST_NETWORK:
            yield Violation(f"{key}.cidr", f"at most a /{_SMALLEST_NETWORK} on Google Cloud, a quarter of it for pods")


def ranges_reach_the_database(environment: Environment) -> Iterator[Violation]:
    """No network has addresses that Cloud SQL's machines take for their own."""
    if environment.account.gcp is None:
        return
    for key, settings in _networks(environment).items():
        if settings.cidr.overlaps(_BRIDGE):
            yield Violation(
                f"{key}.cidr", f"a range apart from {_BRIDGE} on Google Cloud, where Cloud SQL uses it itself"
            )


def cloud_logging_keeps_the_logs(environment: Environment) -> Iterator[Violation]:
    """Logs are kept for ten years at most, what Cloud Logging keeps."""
    if environment.account.gcp is None:
        return
    days = {
        "network.flow_log_days": environment.network.flow_log_days,
        "database.log_days": environment.database.log_days,
        "cache.log_days": environment.cache.log_days,
        "service.log_days": environment.service.log_days,
        "edge.log_days": environment.edge.log_days,
    }
    yield from (
        Violation(key, f"at most {_LOGGING_DAYS} on Google Cloud") for key, kept in days.items() if kept > _LOGGING_DAYS
    )


def cloud_logging_keeps_the_trail(policy: Policy) -> Iterator[Violation]:
    """The audit trail is kept for ten years at most, what Cloud Logging keeps (SEC-11)."""
    if policy.account.gcp and policy.security.log_days > _LOGGING_DAYS:
        yield Violation("security.log_days", f"at most {_LOGGING_DAYS}, what Cloud Logging keeps, with account.gcp")


def redis_has_the_memory(environment: Environment) -> Iterator[Violation]:
    """A node of Memorystore for Redis has at most 300 GiB."""
    if environment.account.gcp is None or environment.cache.engine != "redis":
        return
    memory = [size.memory_gib for size in environment.policy.sizes.cache if size.name == environment.cache.size]
    if max(memory, default=0) > _REDIS_GIB:
        yield Violation(
            "cache.size", f"a size of {_REDIS_GIB} GiB or less on Google Cloud, the most that Redis has there"
        )


def valkey_has_the_memory(policy: Policy) -> Iterator[Violation]:
    """A node of Memorystore for Valkey has the memory of its size (GCP-5)."""
    for index, size in enumerate(policy.sizes.cache):
        if _VALKEY_GIB[size.gcp] < size.memory_gib and size.memory_gib <= max(_VALKEY_GIB.values()):
            larger = [name for name, memory in _VALKEY_GIB.items() if memory >= size.memory_gib]
            yield Violation(f"sizes.cache.{index}.gcp", f"{' or '.join(larger)}, with {size.memory_gib} GiB or more")


def autopilot_offers_the_sizes(policy: Policy) -> Iterator[Violation]:
    """A pod on Autopilot has 1 to 6.5 GiB of memory for each of at most 30 CPUs (GCP-3)."""
    if policy.account.gcp is None:
        return
    least, most = _AUTOPILOT_GIB_PER_CPU
    for index, size in enumerate(policy.sizes.service):
        if size.cpu > _AUTOPILOT_CPUS * 1024:
            yield Violation(f"sizes.service.{index}.cpu", f"at most {_AUTOPILOT_CPUS * 1024} with account.gcp")
        elif not size.cpu * least <= size.memory_mib <= size.cpu * most:
            allowed = (
                f"{size.cpu * least:g} to {size.cpu * most:g} with account.gcp, {least} to {most} GiB for each CPU"
            )
            yield Violation(f"sizes.service.{index}.memory_mib", allowed)


def read_replicas_have_memory(environment: Environment) -> Iterator[Violation]:
    """A cache with a second replica has at least 5 GiB, which Memorystore for Redis demands."""
    if environment.account.gcp is None or environment.cache.engine != "redis":
        return
    memory = [size.memory_gib for size in environment.policy.sizes.cache if size.name == environment.cache.size]
    if environment.cache.nodes > _PRIMARY_AND_STANDBY and min(memory, default=_READ_REPLICA_GIB) < _READ_REPLICA_GIB:
        allowed = f"at most {_PRIMARY_AND_STANDBY} on Google Cloud, or a cache.size of {_READ_REPLICA_GIB} GiB or more"
        yield Violation("cache.nodes", allowed)


def budgets_have_a_rate(policy: Policy) -> Iterator[Violation]:
    """Budgets in US dollars are not converted, and those in another currency are (CST-5)."""
    account = policy.account.gcp
    if account and (account.currency == _USD) != (account.currency_per_usd == 1):
        yield Violation("account.gcp.currency_per_usd", f"the rate of {account.currency}; 1 with {_USD} only")


def cloud_sql_keeps_its_log(policy: Policy) -> Iterator[Violation]:
    """Point-in-time recovery goes back at most 7 days, what Cloud SQL Enterprise keeps (DR-2)."""
    if policy.account.gcp and policy.backup.point_in_time_days > _LOG_DAYS:
        yield Violation("backup.point_in_time_days", f"{_LOG_DAYS}, the most that Cloud SQL keeps, with account.gcp")


def cloud_sql_keeps_its_backups(policy: Policy) -> Iterator[Violation]:
    """Cloud SQL keeps at most 365 daily backups (DR-3)."""
    if policy.account.gcp and policy.backup.copy_keep_days > _BACKUPS:
        yield Violation("backup.copy_keep_days", f"at most {_BACKUPS}, what Cloud SQL keeps, with account.gcp")


def cloud_sql_offers_the_tiers(policy: Policy) -> Iterator[Violation]:
    """Cloud SQL's custom tiers have 1 or an even number of CPUs, and 0.9 to 6.5 GB of memory for each (GCP-4)."""
    for index, size in enumerate(policy.sizes.database):
        memory = size.memory_gib * 1024
        tier = re.fullmatch(rf"db-custom-(1|[2468]|[1-9][0-9]*[02468])-{memory}", size.gcp)
        if not tier or int(tier[1]) * _LEAST_MIB_PER_CPU > memory or int(tier[1]) * _MOST_MIB_PER_CPU < memory:
            allowed = f"db-custom-<CPUs>-{memory}, 1 or an even number of CPUs with 0.9 to 6.5 GB of memory each"
            yield Violation(f"sizes.database.{index}.gcp", allowed)
        elif memory < _LEAST_MIB or int(tier[1]) > _MOST_CPUS:
            allowed = f"a tier of Cloud SQL: at most {_MOST_CPUS} CPUs, and {_LEAST_MIB} MiB of memory or more"
            yield Violation(f"sizes.database.{index}.gcp", allowed)


def _networks(environment: Environment) -> dict[str, NetworkSettings]:
    networks = {"network": environment.network}
    if environment.recovery:
        networks["recovery.network"] = environment.recovery.network
    return networks

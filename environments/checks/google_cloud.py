"""Checks of limits that only Google Cloud has (GCP-2, GCP-4, GCP-5)."""

import re
from collections.abc import Iterator

from environments.errors import Violation
from environments.model import Environment
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
    networks = {"network": environment.network}
    if environment.recovery:
        networks["recovery.network"] = environment.recovery.network
    for key, settings in networks.items():
        if settings.cidr.prefixlen > _SMALLEST_NETWORK:
            yield Violation(f"{key}.cidr", f"at most a /{_SMALLEST_NETWORK} on Google Cloud, a quarter of it for pods")


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


def cloud_sql_offers_the_tiers(policy: Policy) -> Iterator[Violation]:
    """Cloud SQL's custom tiers have 1 or an even number of CPUs, and 0.9 to 6.5 GB of memory for each (GCP-4)."""
    for index, size in enumerate(policy.sizes.database):
        memory = size.memory_gib * 1024
        tier = re.fullmatch(rf"db-custom-(1|[2468]|[1-9][0-9]*[02468])-{memory}", size.gcp)
        if not tier or int(tier[1]) * _LEAST_MIB_PER_CPU > memory or int(tier[1]) * _MOST_MIB_PER_CPU < memory:
            allowed = f"db-custom-<CPUs>-{memory}, 1 or an even number of CPUs with 0.9 to 6.5 GB of memory each"
            yield Violation(f"sizes.database.{index}.gcp", allowed)

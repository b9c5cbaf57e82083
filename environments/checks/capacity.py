"""Checks of sizes, engine versions and scaling (SCL-6, SCL-7, SCL-9)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from environments.checks.offers import (
    CACHE_SIZES,
    DATABASE_SIZES,
    FARGATE_MEMORY,
    POSTGRES_MAJORS,
    RESERVED_DATABASE_NAMES,
    Sizes,
    is_on_offer,
)
from environments.errors import Violation, shortened
from environments.model import Environment
from environments.policy import CacheSize, DatabaseSize, Policy, ServiceSize


def sizes_are_in_the_policy(environment: Environment) -> Iterator[Violation]:
    """Each component has one of the sizes in policy.yaml, so that there is a next one (SCL-9)."""
    sizes = environment.policy.sizes
    yield from _in_the_policy("service.size", environment.service.size, sizes.service)
    yield from _in_the_policy("database.size", environment.database.size, sizes.database)
    yield from _in_the_policy("cache.size", environment.cache.size, sizes.cache)
    if environment.recovery:
        yield from _in_the_policy("recovery.database_size", environment.recovery.database_size, sizes.database)


def architectures_agree(environment: Environment, other: Environment) -> Iterator[Violation]:
    """All environments have one architecture, because a release is built once for all."""
    if environment.service.architecture != other.service.architecture:
        allowed = f"{other.service.architecture}, as in {other.name}: all environments run the same image"
        yield Violation("service.architecture", allowed)


def deployments_bake_long_enough(environment: Environment) -> Iterator[Violation]:
    """Rollback alarms have time to fire before blue/green removes the previous tasks (RBK-1)."""
    service, least = environment.service, environment.policy.alarms.rollback_after_minutes + 1
    if service.deployment == "blue_green" and service.bake_minutes < least:
        allowed = f"at least {least}, a minute more than alarms.rollback_after_minutes in policy.yaml (RBK-1)"
        yield Violation("service.bake_minutes", allowed)


def engine_version_is_on_offer(environment: Environment) -> Iterator[Violation]:
    """The version of PostgreSQL runs on every size that is known here."""
    if int(environment.database.engine_version) not in POSTGRES_MAJORS:
        majors = _listed(POSTGRES_MAJORS)
        yield Violation("database.engine_version", f"a version of PostgreSQL {majors}, which run on all known sizes")


def database_name_is_free(environment: Environment) -> Iterator[Violation]:
    """The database's name is no word of SQL, and no database that the engine or a cloud brings along."""
    if environment.database.name in RESERVED_DATABASE_NAMES:
        yield Violation("database.name", "another name: PostgreSQL, RDS or Cloud SQL reserves this one")


def replica_is_not_smaller(environment: Environment) -> Iterator[Violation]:
    """The read replica is at least as large as the database, on every cloud.

    RDS derives max_connections and max_worker_processes from an instance's size, Cloud SQL the first, and PostgreSQL
    stops replaying on a standby whose values are lower than the primary's ("Hot Standby", PostgreSQL documentation).
    """
    recovery, names = environment.recovery, [size.name for size in environment.policy.sizes.database]
    if recovery is None or not {recovery.database_size, environment.database.size} <= set(names):
        return
    if names.index(recovery.database_size) < names.index(environment.database.size):
        allowed = (
            f"at least database.size, {environment.database.size}: PostgreSQL stops replaying on a smaller replica"
        )
        yield Violation("recovery.database_size", allowed)


def storage_has_room_to_grow(environment: Environment) -> Iterator[Violation]:
    """Storage can grow by a tenth at least; RDS refuses a smaller limit (MaxAllocatedStorage, API reference)."""
    database = environment.database
    if database.max_storage_gib * 10 < database.storage_gib * 11:
        least = -(-database.storage_gib * 11 // 10)
        yield Violation("database.max_storage_gib", f"at least {least}, a tenth more than database.storage_gib")


# An idle connection took 1.5 to 14.5 MB in Amazon's measurement ("Resources consumed by idle PostgreSQL connections",
# AWS Database Blog); most are near the lower end.
_CONNECTIONS_PER_GIB = 200
# "Create instances", Cloud SQL for PostgreSQL documentation: 0.9 to 6.5 GB.
_LEAST_MIB_PER_CPU = 922
_MOST_MIB_PER_CPU = 6656


def instances_have_room_to_grow(policy: Policy) -> Iterator[Violation]:
    """The maximum of instances is above the minimum (SCL-6, SCL-7)."""
    if policy.scaling.min_instances >= policy.scaling.max_instances:
        allowed = f"less than scaling.max_instances, {policy.scaling.max_instances} (SCL-6, SCL-7)"
        yield Violation("scaling.min_instances", allowed)


def removal_is_slower_than_addition(policy: Policy) -> Iterator[Violation]:
    """The cooldown of a removal is not shorter than that of an addition, or instances would oscillate (SCL-5)."""
    scaling = policy.scaling
    if scaling.in_cooldown_seconds < scaling.out_cooldown_seconds:
        least = f"at least scaling.out_cooldown_seconds, {scaling.out_cooldown_seconds} (SCL-5)"
        yield Violation("scaling.in_cooldown_seconds", least)


def sizes_are_on_offer(policy: Policy) -> Iterator[Violation]:
    """Fargate, RDS and ElastiCache offer each size."""
    for index, size in enumerate(policy.sizes.service):
        if size.cpu not in FARGATE_MEMORY:
            yield Violation(f"sizes.service.{index}.cpu", f"one of {_listed(FARGATE_MEMORY)}, the sizes of Fargate")
        elif size.memory_mib not in FARGATE_MEMORY[size.cpu]:
            memory = _listed(FARGATE_MEMORY[size.cpu])
            yield Violation(f"sizes.service.{index}.memory_mib", f"with cpu {size.cpu} Fargate offers {memory}")
    yield from _on_offer("database", "db", policy.sizes.database, DATABASE_SIZES)
    yield from _on_offer("cache", "cache", policy.sizes.cache, CACHE_SIZES)


def sizes_get_larger(policy: Policy) -> Iterator[Violation]:
    """Each size has more memory than the one before (SCL-9)."""
    sizes = policy.sizes
    memory = {
        "service": ("memory_mib", [size.memory_mib for size in sizes.service]),
        "database": ("memory_gib", [size.memory_gib for size in sizes.database]),
        "cache": ("memory_gib", [size.memory_gib for size in sizes.cache]),
    }
    for key, (unit, amounts) in memory.items():
        for index, (lower, higher) in enumerate(pairwise(amounts), start=1):
            if higher <= lower:
                yield Violation(f"sizes.{key}.{index}.{unit}", f"more than the size before, {lower}: smallest first")


def connections_leave_memory(policy: Policy) -> Iterator[Violation]:
    """Each database size has 5 MiB of memory for each connection, and each size accepts more than the one before."""
    before = 0
    for index, size in enumerate(policy.sizes.database):
        key, most = f"sizes.database.{index}.max_connections", size.memory_gib * _CONNECTIONS_PER_GIB
        if size.max_connections > most:
            yield Violation(key, f"at most {most}, {_CONNECTIONS_PER_GIB} for each GiB")
        elif size.max_connections <= before:
            yield Violation(key, f"more than the size before, {before}: smallest first")
        before = size.max_connections


def databases_get_no_fewer_cpus(policy: Policy) -> Iterator[Violation]:
    """A larger size of the database has no fewer CPUs, so that a larger replica allows no fewer workers."""
    sizes = policy.sizes.database
    for index, (lower, higher) in enumerate(pairwise(sizes), start=1):
        for cloud, before, after in (("aws", lower.aws, higher.aws), ("gcp", lower.gcp, higher.gcp)):
            if _cpus(after) < _cpus(before):
                yield Violation(f"sizes.database.{index}.{cloud}", f"no fewer CPUs than the size before, {before}")


def _cpus(size: str) -> int:
    """Return the CPUs of an instance class of RDS or a tier of Cloud SQL; 0 for a name that has another form.

    An xlarge has 4, a multiple of it that many times 4, smaller ones 2 ("Hardware specifications for DB instance
    classes", RDS user guide).
    """
    if found := re.fullmatch(r"db-custom-([0-9]+)-[0-9]+", size):
        return int(found[1])
    if found := re.fullmatch(r"db\.[a-z0-9]+\.(?:([0-9]*)xlarge|micro|small|medium|large)", size):
        return 2 if found[1] is None else 4 * int(found[1] or 1)
    return 0


def sizes_are_named_once(policy: Policy) -> Iterator[Violation]:
    """A component's sizes have different names."""
    sizes = policy.sizes
    for key, named in (("service", sizes.service), ("database", sizes.database), ("cache", sizes.cache)):
        names = [size.name for size in named]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Violation(f"sizes.{key}.{index}.name", "a name of its own; a smaller size has it")


def cloud_sql_offers_the_tiers(policy: Policy) -> Iterator[Violation]:
    """Cloud SQL's custom tiers have 1 or an even number of CPUs, and 0.9 to 6.5 GB of memory for each (GCP-4)."""
    for index, size in enumerate(policy.sizes.database):
        memory = size.memory_gib * 1024
        tier = re.fullmatch(rf"db-custom-(1|[2468]|[1-9][0-9]*[02468])-{memory}", size.gcp)
        if not tier or int(tier[1]) * _LEAST_MIB_PER_CPU > memory or int(tier[1]) * _MOST_MIB_PER_CPU < memory:
            allowed = f"db-custom-<CPUs>-{memory}, 1 or an even number of CPUs with 0.9 to 6.5 GB of memory each"
            yield Violation(f"sizes.database.{index}.gcp", allowed)


def _in_the_policy(
    key: str, given: str, sizes: Sequence[ServiceSize | DatabaseSize | CacheSize]
) -> Iterator[Violation]:
    names = [size.name for size in sizes]
    if given not in names:
        yield Violation(key, f"one of the sizes in policy.yaml: {', '.join(map(shortened, names))}")


def _on_offer(key: str, prefix: str, sizes: Sequence[DatabaseSize | CacheSize], offer: Sizes) -> Iterator[Violation]:
    for index, size in enumerate(sizes):
        if not is_on_offer(size.aws, prefix=prefix, offer=offer):
            family = size.aws.removeprefix(f"{prefix}.").partition(".")[0]
            names = f"{prefix}.{family}. with {offer[family]}" if family in offer else f"a family of {_listed(offer)}"
            yield Violation(f"sizes.{key}.{index}.aws", f"{prefix}.<family>.<size>: {names}")


def _listed(items: Iterable[object]) -> str:
    return ", ".join(map(str, items))

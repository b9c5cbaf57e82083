"""Checks of sizes and scaling (SCL-6, SCL-7, SCL-9)."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from environments.checks.offers import CACHE_SIZES, DATABASE_SIZES, FARGATE_MEMORY, Sizes, is_on_offer
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


def sizes_are_named_once(policy: Policy) -> Iterator[Violation]:
    """A component's sizes have different names."""
    sizes = policy.sizes
    for key, named in (("service", sizes.service), ("database", sizes.database), ("cache", sizes.cache)):
        names = [size.name for size in named]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Violation(f"sizes.{key}.{index}.name", "a name of its own; a smaller size has it")


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

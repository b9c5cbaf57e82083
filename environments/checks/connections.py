"""Checks of connections: the database accepts those of all instances, and has memory for them (SCL-7, SCL-8)."""

from collections.abc import Iterator

from environments.errors import Violation
from environments.model import Environment
from environments.policy import Policy, find_size

# The service keeps SQLAlchemy's default pool: 5 connections and 10 more under load (pool_size and max_overflow,
# create_engine, SQLAlchemy documentation; its funkygibbon/database.py sets neither).
_POOL = 15
# A deployment runs as many instances again, blue/green as rolling: maximumPercent 200 on ECS, maxSurge 100 % on GKE.
_REVISIONS = 2
# A migration, a rotation, operators, and what PostgreSQL keeps free for superusers.
_OTHERS = 20
# An idle connection took 1.5 to 14.5 MB in Amazon's measurement ("Resources consumed by idle PostgreSQL connections",
# AWS Database Blog); most are near the lower end.
_MOST_PER_GIB = 200
# 10 MiB of memory for each connection in production, about RDS's own default ("Maximum number of database connections",
# Amazon RDS user guide). Other environments may allow more than they ever use.
_PER_GIB_IN_PRODUCTION = 100


def database_accepts_all_instances(environment: Environment) -> Iterator[Violation]:
    """The database, and after a failover its replica, accepts the pools of all instances during a deployment.

    In production it also has the memory for them.
    """
    instances = environment.policy.scaling.max_instances
    needed = instances * _REVISIONS * _POOL + _OTHERS
    sizes = {"database.size": environment.database.size}
    if environment.recovery:
        sizes["recovery.database_size"] = environment.recovery.database_size
    known = environment.policy.sizes.database
    for key, name in sizes.items():
        if name not in {size.name for size in known}:
            continue
        size = find_size(known, name)
        accepted = size.max_connections
        if environment.stage == "production":
            accepted = min(accepted, size.memory_gib * _PER_GIB_IN_PRODUCTION)
        if accepted < needed:
            allowed = (
                f"a size for {needed} connections or more, {name} has {accepted}: {instances} instances"
                f" (scaling.max_instances) x {_REVISIONS} revisions during a deployment x {_POOL} connections of a"
                f" pool, and {_OTHERS} for others"
            )
            yield Violation(key, allowed)


def connections_leave_memory(policy: Policy) -> Iterator[Violation]:
    """Each database size has 5 MiB of memory for each connection, and each size accepts more than the one before."""
    before = 0
    for index, size in enumerate(policy.sizes.database):
        key, most = f"sizes.database.{index}.max_connections", size.memory_gib * _MOST_PER_GIB
        if size.max_connections > most:
            yield Violation(key, f"at most {most}, {_MOST_PER_GIB} for each GiB")
        elif size.max_connections <= before:
            yield Violation(key, f"more than the size before, {before}: smallest first")
        before = size.max_connections

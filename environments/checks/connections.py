"""Check that the database accepts the connections of all instances (SCL-7, SCL-8)."""

from collections.abc import Iterator

from environments.errors import Violation
from environments.model import Environment
from environments.policy import find_size

# The service keeps SQLAlchemy's default pool: 5 connections and 10 more under load (pool_size and max_overflow,
# create_engine, SQLAlchemy documentation; its funkygibbon/database.py sets neither).
_POOL = 15
# A deployment runs as many instances again, blue/green as rolling: maximumPercent 200 on ECS, maxSurge 100 % on GKE.
_REVISIONS = 2
# A migration, a rotation, operators, and what PostgreSQL keeps free for superusers.
_OTHERS = 20
# 10 MiB of memory for each connection in production, about RDS's own default ("Maximum number of database connections",
# Amazon RDS user guide). Other environments may allow more than they ever use.
_CONNECTIONS_PER_GIB = 100


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
            accepted = min(accepted, size.memory_gib * _CONNECTIONS_PER_GIB)
        if accepted < needed:
            allowed = (
                f"a size for {needed} connections or more, {name} has {accepted}: {instances} instances"
                f" (scaling.max_instances) x {_REVISIONS} revisions during a deployment x {_POOL} connections of a"
                f" pool, and {_OTHERS} for others"
            )
            yield Violation(key, allowed)

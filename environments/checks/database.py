"""Checks of the database: version, name, storage, and what its replica and its larger sizes have (DR-12)."""

import re
from collections.abc import Iterator
from itertools import pairwise

from environments.checks.offers import POSTGRES_MAJORS, RESERVED_DATABASE_NAMES
from environments.errors import Violation
from environments.model import Environment
from environments.policy import Policy


def engine_version_is_on_offer(environment: Environment) -> Iterator[Violation]:
    """The version of PostgreSQL runs on every size that is known here."""
    if int(environment.database.engine_version) not in POSTGRES_MAJORS:
        majors = ", ".join(map(str, POSTGRES_MAJORS))
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

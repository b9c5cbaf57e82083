"""Sizes and versions that Fargate, RDS and ElastiCache offer.

Written down, because asking AWS would need an account. A test compares each line with the data that AWS publishes.
"""

from collections.abc import Mapping, Sequence

# Family to sizes.
Sizes = Mapping[str, str]

# CPU units to MiB (Amazon ECS developer guide, task size).
FARGATE_MEMORY: Mapping[int, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
    32768: (61440, 122880, 249856),
}

POSTGRES_MAJORS = (15, 16, 17, 18)

# RDS takes no "word reserved by the database engine" (DBName, CreateDBInstance, API reference): the reserved ones of
# "SQL Key Words", PostgreSQL documentation; and databases that are there already.
_RESERVED = """
all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
returning right select session_user similar some symmetric system_user table tablesample then to trailing true
union unique user using variadic verbose when where window with
cloudsqladmin db postgres rdsadmin template0 template1
"""
RESERVED_DATABASE_NAMES = frozenset(_RESERVED.split())

_BURSTABLE = "micro small medium large xlarge 2xlarge"
_GRAVITON = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"
_GRAVITON_4 = f"{_GRAVITON} 24xlarge 48xlarge"
_INTEL_5 = f"{_GRAVITON} 24xlarge"
_INTEL_6 = f"{_INTEL_5} 32xlarge"
_INTEL_7 = f"{_INTEL_5} 48xlarge"

# Families of RDS for PostgreSQL; a g before the dot is Graviton.
DATABASE_SIZES: Sizes = {
    "t3": _BURSTABLE,
    "t4g": _BURSTABLE,
    "m5": _INTEL_5,
    "m6g": _GRAVITON,
    "m6i": _INTEL_6,
    "m7g": _GRAVITON,
    "m7i": _INTEL_7,
    "m8g": _GRAVITON_4,
    "r5": _INTEL_5,
    "r6g": _GRAVITON,
    "r6i": _INTEL_6,
    "r7g": _GRAVITON,
    "r7i": _INTEL_7,
    "r8g": _GRAVITON_4,
}

# Families of ElastiCache, for Redis and Valkey alike.
CACHE_SIZES: Sizes = {
    "t3": "micro small medium",
    "t4g": "micro small medium",
    "m5": "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
    "m6g": _GRAVITON,
    "m7g": _GRAVITON,
    "r5": "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
    "r6g": _GRAVITON,
    "r7g": _GRAVITON,
}


def is_on_offer(name: str, *, prefix: str, offer: Sizes) -> bool:
    """Return whether AWS offers a size.

    Args:
        name: an instance class or node type, such as ``db.m7g.large``.
        prefix: ``db`` or ``cache``.
        offer: the sizes of each family.
    """
    kind, _, rest = name.partition(".")
    family, _, size = rest.partition(".")
    return kind == prefix and size in offer.get(family, "").split()

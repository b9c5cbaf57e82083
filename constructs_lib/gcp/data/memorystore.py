"""Memorystore for Redis, and parts shared with Memorystore for Valkey (GCP-5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google import memorystore_instance as memorystore
from cdktf_cdktf_provider_google import redis_instance as redis
from constructs import Construct

from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.network.network import RegionNetwork
from constructs_lib.naming import PROJECT
from constructs_lib.schedule import later
from environments import BackupPolicy, CacheSettings, CacheSize

_REDIS_VERSION = "REDIS_7_2"
# Port with TLS; without TLS it is 6379 ("In-transit encryption", Memorystore for Redis documentation).
_REDIS_PORT = 6378
EVICT_LEAST_RECENTLY_USED = {"maxmemory-policy": "allkeys-lru"}
_PRIMARY_AND_STANDBY = 2


@dataclass(frozen=True)
class Server:
    """Cache server of either product.

    Attributes:
        instance: resource of the server.
        endpoint: private address of the primary node; stays the same after a failover.
        port: port with TLS.
        certificate: certificate authorities of the server, as PEM.
        password: AUTH string; None where identities log in.
    """

    instance: redis.RedisInstance | memorystore.MemorystoreInstance
    endpoint: str
    port: int
    certificate: str
    password: str | None


def redis_server(
    scope: Construct,
    *,
    settings: CacheSettings,
    size: CacheSize,
    backup: BackupPolicy,
    region: RegionNetwork,
    key: Key,
    after: Sequence[ITerraformDependable],
) -> Server:
    """Return a Redis instance with private service access and AUTH."""
    start = redis.RedisInstanceMaintenancePolicyWeeklyMaintenanceWindowStartTime(
        hours=maintenance_hour(backup), minutes=0, seconds=0, nanos=0
    )
    instance = redis.RedisInstance(
        scope,
        "redis",
        name=PROJECT,
        region=region.name,
        tier="STANDARD_HA" if settings.nodes > 1 else "BASIC",
        memory_size_gb=size.memory_gib,
        redis_version=_REDIS_VERSION,
        redis_configs=EVICT_LEAST_RECENTLY_USED,
        replica_count=settings.nodes - 1 if settings.nodes > 1 else None,
        read_replicas_mode=_read_replicas(settings.nodes),
        authorized_network=region.network.id,
        connect_mode="PRIVATE_SERVICE_ACCESS",
        reserved_ip_range=region.data.name,
        customer_managed_key=key.key.id,
        auth_enabled=True,
        transit_encryption_mode="SERVER_AUTHENTICATION",
        # Memorystore keeps one daily snapshot, the last.
        persistence_config=redis.RedisInstancePersistenceConfig(
            persistence_mode="RDB", rdb_snapshot_period="TWENTY_FOUR_HOURS", rdb_snapshot_start_time=_first(backup)
        )
        if settings.snapshot_days
        else redis.RedisInstancePersistenceConfig(persistence_mode="DISABLED"),
        maintenance_policy=redis.RedisInstanceMaintenancePolicy(
            weekly_maintenance_window=[
                redis.RedisInstanceMaintenancePolicyWeeklyMaintenanceWindow(day="SUNDAY", start_time=start)
            ]
        ),
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        depends_on=[*after, key.grant_service_agent("cloud-redis")],
    )
    return Server(
        instance=instance,
        endpoint=instance.host,
        port=_REDIS_PORT,
        # Two while one replaces the other ("Certificate authority rotation", Memorystore for Redis documentation).
        certificate=f'${{join("\\n", {instance.fqn}.server_ca_certs[*].cert)}}',
        password=instance.auth_string,
    )


def _read_replicas(nodes: int) -> str | None:
    """Return the mode of read replicas.

    Several replicas require enabled reading ("Read replicas overview", Memorystore for Redis documentation).
    """
    if nodes == 1:
        return None
    return "READ_REPLICAS_ENABLED" if nodes > _PRIMARY_AND_STANDBY else "READ_REPLICAS_DISABLED"


def _first(backup: BackupPolicy) -> str:
    # Terraform requires a date; Memorystore repeats the time every 24 hours from it.
    return f"2026-01-01T{backup.daily_at_utc}:00Z"


def maintenance_hour(backup: BackupPolicy) -> int:
    """Return the hour of a Sunday, in UTC, at which Google may patch: after the day's backup."""
    return int(later(backup.daily_at_utc, hours=6).split(":")[0])

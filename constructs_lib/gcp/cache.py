"""The Redis that all instances of the service share (GCP-5, SEC-5, SEC-6)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import redis_instance as redis
from cdktf_cdktf_provider_google.secret_manager_secret_version import SecretManagerSecretVersion
from constructs import Construct

from constructs_lib.gcp.network import PrivateServices, RegionNetwork
from constructs_lib.gcp.secrets import Secret, SecretReplication
from constructs_lib.gcp.security import Key
from constructs_lib.naming import PROJECT
from constructs_lib.schedule import later
from environments import BackupPolicy, CacheSettings, CacheSize

# With TLS; without, it would be 6379 ("In-transit encryption", Memorystore for Redis documentation).
PORT = 6378
_VERSION = "REDIS_7_2"
_SERVICE_AGENT = "cloud-redis"
_PRIMARY_AND_STANDBY = 2


class Cache(Construct):
    """A replicated Redis that fails over by itself and answers only those who were let in.

    Let a client in with ``connections.allow_to(…, ports=[PORT])`` and give it ``cache.password``: neither is enough
    alone.

    Attributes:
        endpoint: private address of the primary node. It survives a failover.
        certificate: the authority that signed its certificate, as PEM.
        password: the secret that holds the AUTH string.
        instance: for metrics.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: CacheSettings,
        size: CacheSize,
        backup: BackupPolicy,
        region: RegionNetwork,
        door: PrivateServices,
        key: Key,
        replication: SecretReplication,
    ) -> None:
        super().__init__(scope, construct_id)
        self.instance = redis.RedisInstance(
            self,
            "redis",
            name=PROJECT,
            region=region.name,
            tier="STANDARD_HA" if settings.nodes > 1 else "BASIC",
            memory_size_gb=size.memory_gib,
            redis_version=_VERSION,
            redis_configs={"maxmemory-policy": "allkeys-lru"},
            replica_count=settings.nodes - 1 if settings.nodes > 1 else None,
            read_replicas_mode=_read_replicas(settings.nodes),
            authorized_network=region.network.id,
            connect_mode="PRIVATE_SERVICE_ACCESS",
            reserved_ip_range=region.data.name,
            customer_managed_key=key.key.id,
            auth_enabled=True,
            transit_encryption_mode="SERVER_AUTHENTICATION",
            persistence_config=_persistence(settings, backup),
            maintenance_policy=_maintenance(backup),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=[door.connection, key.serve(_SERVICE_AGENT)],
        )
        self.password = Secret(self, "Password", name="cache-password", replication=replication)
        SecretManagerSecretVersion(
            self,
            "version",
            secret=self.password.secret.id,
            # Memorystore makes it, so Terraform knows it and its state holds it, whatever is done with it here.
            secret_data=self.instance.auth_string,
            deletion_policy="ABANDON",
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.endpoint = self.instance.host
        self.certificate = self.instance.server_ca_certs.get(0).cert


def _read_replicas(nodes: int) -> str | None:
    """Return whether replicas can be read from.

    Several exist only where they can ("Read replicas overview", Memorystore for Redis documentation).
    """
    if nodes == 1:
        return None
    return "READ_REPLICAS_ENABLED" if nodes > _PRIMARY_AND_STANDBY else "READ_REPLICAS_DISABLED"


def _persistence(settings: CacheSettings, backup: BackupPolicy) -> redis.RedisInstancePersistenceConfig:
    """Return how the memory survives a restart: Memorystore keeps the last daily snapshot, never more than one."""
    if settings.snapshot_days == 0:
        return redis.RedisInstancePersistenceConfig(persistence_mode="DISABLED")
    return redis.RedisInstancePersistenceConfig(
        persistence_mode="RDB",
        rdb_snapshot_period="TWENTY_FOUR_HOURS",
        # Terraform wants a day with the time, and Memorystore counts from it in steps of 24 hours.
        rdb_snapshot_start_time=f"2026-01-01T{backup.daily_at_utc}:00Z",
    )


def _maintenance(backup: BackupPolicy) -> redis.RedisInstanceMaintenancePolicy:
    hour = int(later(backup.daily_at_utc, hours=6).split(":")[0])
    start = redis.RedisInstanceMaintenancePolicyWeeklyMaintenanceWindowStartTime(
        hours=hour, minutes=0, seconds=0, nanos=0
    )
    return redis.RedisInstanceMaintenancePolicy(
        weekly_maintenance_window=[
            redis.RedisInstanceMaintenancePolicyWeeklyMaintenanceWindow(day="SUNDAY", start_time=start)
        ]
    )

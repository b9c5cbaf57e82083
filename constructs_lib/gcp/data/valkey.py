"""Memorystore for Valkey, selected by ``cache.engine`` (GCP-5)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import memorystore_instance as memorystore
from cdktf_cdktf_provider_google import network_connectivity_service_connection_policy as connectivity
from constructs import Construct

from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.data.memorystore import EVICT_LEAST_RECENTLY_USED, Server, maintenance_hour
from constructs_lib.gcp.network.network import RegionNetwork
from constructs_lib.naming import PROJECT
from environments import BackupPolicy, CacheSettings, CacheSize

_VERSION = "VALKEY_8_0"
_PORT = 6379
_DAY_SECONDS = 24 * 60 * 60


def valkey_server(
    scope: Construct,
    *,
    settings: CacheSettings,
    size: CacheSize,
    backup: BackupPolicy,
    region: RegionNetwork,
    project: str,
    key: Key,
) -> Server:
    """Return a Valkey instance with an address in the nodes' subnetwork and IAM authentication."""
    hour = maintenance_hour(backup)
    connection = connectivity.NetworkConnectivityServiceConnectionPolicy(
        scope,
        "connection",
        name=f"{PROJECT}-cache",
        location=region.name,
        network=region.network.id,
        service_class="gcp-memorystore",
        psc_config=connectivity.NetworkConnectivityServiceConnectionPolicyPscConfig(subnetworks=[region.subnetwork.id]),
    )
    instance = memorystore.MemorystoreInstance(
        scope,
        "valkey",
        instance_id=PROJECT,
        location=region.name,
        engine_version=_VERSION,
        engine_configs=EVICT_LEAST_RECENTLY_USED,
        # One primary, which every client of Redis supports; not the cluster protocol.
        mode="CLUSTER_DISABLED",
        shard_count=1,
        replica_count=settings.nodes - 1,
        node_type=size.gcp,
        zone_distribution_config=memorystore.MemorystoreInstanceZoneDistributionConfig(mode="MULTI_ZONE"),
        desired_auto_created_endpoints=[
            memorystore.MemorystoreInstanceDesiredAutoCreatedEndpoints(network=region.network.id, project_id=project)
        ],
        kms_key=key.key.id,
        authorization_mode="IAM_AUTH",
        transit_encryption_mode="SERVER_AUTHENTICATION",
        automated_backup_config=_backups(settings, backup) if settings.snapshot_days else None,
        maintenance_policy=memorystore.MemorystoreInstanceMaintenancePolicy(
            weekly_maintenance_window=[
                memorystore.MemorystoreInstanceMaintenancePolicyWeeklyMaintenanceWindow(
                    day="SUNDAY",
                    start_time=memorystore.MemorystoreInstanceMaintenancePolicyWeeklyMaintenanceWindowStartTime(
                        hours=hour, minutes=0, seconds=0, nanos=0
                    ),
                )
            ]
        ),
        deletion_protection_enabled=True,
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        depends_on=[connection, key.grant_service_agent("gcp-sa-memorystore")],
    )
    return Server(
        instance=instance,
        # The primary and its replicas have separate addresses.
        endpoint=f"${{one([for link in {instance.fqn}.endpoints[0].connections : link.psc_auto_connection[0].ip_address"
        ' if link.psc_auto_connection[0].connection_type == "CONNECTION_TYPE_PRIMARY"])}',
        port=_PORT,
        certificate=f'${{join("\\n", flatten({instance.fqn}.managed_server_ca[0].ca_certs[*].certificates))}}',
        password=None,
    )


def _backups(settings: CacheSettings, backup: BackupPolicy) -> memorystore.MemorystoreInstanceAutomatedBackupConfig:
    return memorystore.MemorystoreInstanceAutomatedBackupConfig(
        retention=f"{settings.snapshot_days * _DAY_SECONDS}s",
        fixed_frequency_schedule=memorystore.MemorystoreInstanceAutomatedBackupConfigFixedFrequencySchedule(
            start_time=memorystore.MemorystoreInstanceAutomatedBackupConfigFixedFrequencyScheduleStartTime(
                hours=int(backup.daily_at_utc.split(":")[0])
            )
        ),
    )

"""Cloud SQL: settings that a database and its replicas share (GCP-4, SEC-1, SEC-6, IMP-2)."""

from typing import Literal

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import sql_database_instance as sql
from cdktf_cdktf_provider_google.data_google_sql_ca_certs import DataGoogleSqlCaCerts
from constructs import Construct

from constructs_lib.gcp.network.network import RegionNetwork
from environments import BackupPolicy, DatabaseSettings, DatabaseSize

SERVICE_AGENT = "gcp-sa-cloud-sql"


def _flags(settings: DatabaseSettings, size: DatabaseSize) -> list[sql.SqlDatabaseInstanceSettingsDatabaseFlags]:
    flags = {
        # Operators log in with their own IAM identity, without a password.
        "cloudsql.iam_authentication": "on",
        "log_checkpoints": "on",
        "log_connections": "on",
        "log_disconnections": "on",
        "log_lock_waits": "on",
        "log_min_duration_statement": str(settings.slow_query_ms),
        "log_statement": "ddl",
        "log_temp_files": "0",
        "max_connections": str(size.max_connections),
    }
    return [sql.SqlDatabaseInstanceSettingsDatabaseFlags(name=name, value=value) for name, value in flags.items()]


def instance_settings(
    settings: DatabaseSettings,
    *,
    size: DatabaseSize,
    region: RegionNetwork,
    availability_type: Literal["REGIONAL", "ZONAL"],
    backup_configuration: sql.SqlDatabaseInstanceSettingsBackupConfiguration | None = None,
    maintenance_window: sql.SqlDatabaseInstanceSettingsMaintenanceWindow | None = None,
) -> sql.SqlDatabaseInstanceSettings:
    """Return the settings of a database or of its replica, which has neither backups nor a maintenance window."""
    return sql.SqlDatabaseInstanceSettings(
        tier=size.gcp,
        edition="ENTERPRISE",
        disk_type="PD_SSD",
        disk_size=settings.storage_gib,
        disk_autoresize=True,
        disk_autoresize_limit=settings.max_storage_gib,
        deletion_protection_enabled=settings.deletion_protection,
        retain_backups_on_delete=True,
        database_flags=_flags(settings, size),
        ip_configuration=sql.SqlDatabaseInstanceSettingsIpConfiguration(
            ipv4_enabled=False,
            private_network=region.network.id,
            allocated_ip_range=region.data.name,
            ssl_mode="ENCRYPTED_ONLY",
        ),
        insights_config=sql.SqlDatabaseInstanceSettingsInsightsConfig(
            query_insights_enabled=True,
            query_string_length=1024,
            query_plans_per_minute=5,
            record_application_tags=True,
            record_client_address=True,
        ),
        availability_type=availability_type,
        backup_configuration=backup_configuration,
        maintenance_window=maintenance_window,
    )


def server_authorities(scope: Construct, instance: sql.SqlDatabaseInstance) -> str:
    """Return all certificate authorities of a server as PEM: while a rotation runs, the next one as well.

    Source: "Rotate server CA certificates", Cloud SQL for PostgreSQL documentation.
    """
    known = DataGoogleSqlCaCerts(scope, "authorities", instance=instance.name)
    return f'${{join("\\n", {known.fqn}.certs[*].cert)}}'


def protection() -> TerraformResourceLifecycle:
    """Return the lifecycle that protects a database from destruction by a plan."""
    # The disk grows by itself, and a plan that shrinks it again replaces the database.
    return TerraformResourceLifecycle(prevent_destroy=True, ignore_changes=["settings[0].disk_size"])


def backups(policy: BackupPolicy, *, location: str, keep: int) -> sql.SqlDatabaseInstanceSettingsBackupConfiguration:
    """Return the backup configuration: time, location, retention and point-in-time recovery.

    Args:
        policy: backup policy of all databases.
        location: region of the backups.
        keep: retention of a backup, in days.
    """
    return sql.SqlDatabaseInstanceSettingsBackupConfiguration(
        enabled=True,
        start_time=policy.daily_at_utc,
        location=location,
        point_in_time_recovery_enabled=True,
        transaction_log_retention_days=policy.point_in_time_days,
        backup_retention_settings=sql.SqlDatabaseInstanceSettingsBackupConfigurationBackupRetentionSettings(
            # One backup a day, so the count equals the days.
            retained_backups=keep,
            retention_unit="COUNT",
        ),
    )


def version(settings: DatabaseSettings) -> str:
    """Return the major version; Cloud SQL applies minor versions itself."""
    return f"POSTGRES_{settings.engine_version}"

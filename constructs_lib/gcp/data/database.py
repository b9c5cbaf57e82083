"""Cloud SQL for PostgreSQL: the database and its read replica (GCP-4, DR-1, DR-2, DR-3, SEC-7, IMP-2)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import sql_database_instance as sql
from cdktf_cdktf_provider_google.sql_database import SqlDatabase
from cdktf_cdktf_provider_google.sql_user import SqlUser
from constructs import Construct

from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.data.cloud_sql import (
    SERVICE_AGENT,
    backups,
    instance_settings,
    protection,
    server_authorities,
    version,
)
from constructs_lib.gcp.data.secrets import GeneratedSecret, SecretReplication
from constructs_lib.gcp.network.network import PrivateServiceAccess, RegionNetwork
from constructs_lib.naming import PROJECT
from constructs_lib.schedule import later
from environments import BackupPolicy, DatabaseSettings, DatabaseSize

PORT = 5432
USER = "goodies"
_SUNDAY = 7


class Database(Construct):
    """PostgreSQL with a standby, point-in-time recovery and mandatory TLS.

    A client needs both: ``connections.allow_to(…, ports=[PORT])`` and ``database.secret``.

    Args:
        settings: name, storage, protection and version.
        size: size with the machine type.
        backup: time and retention of backups.
        backup_region: region of the backups.
        region: region of the instance.
        private_service_access: network path to the instance.
        key: encryption key.
        replication: replication of the password.

    Attributes:
        endpoint: private address of the writer; stays the same after a failover.
        certificate: certificate authorities of the server, as PEM.
        secret: secret with the password of ``USER``.
        instance: instance, for metrics and as the source of a replica.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: DatabaseSettings,
        size: DatabaseSize,
        backup: BackupPolicy,
        backup_region: str,
        region: RegionNetwork,
        private_service_access: PrivateServiceAccess,
        key: Key,
        replication: SecretReplication,
    ) -> None:
        super().__init__(scope, construct_id)
        away = backup_region != region.name
        maintenance = later(backup.daily_at_utc, hours=6)
        self.instance = sql.SqlDatabaseInstance(
            self,
            "instance",
            name=PROJECT,
            region=region.name,
            database_version=version(settings),
            encryption_key_name=key.key.id,
            deletion_protection=settings.deletion_protection,
            settings=instance_settings(
                settings,
                size=size,
                region=region,
                availability_type="REGIONAL" if settings.multi_az else "ZONAL",
                backup_configuration=backups(
                    backup,
                    location=backup_region,
                    keep=backup.copy_keep_days if away else backup.point_in_time_days,
                ),
                maintenance_window=sql.SqlDatabaseInstanceSettingsMaintenanceWindow(
                    day=_SUNDAY, hour=int(maintenance.split(":")[0]), update_track="stable"
                ),
            ),
            lifecycle=protection(),
            depends_on=[private_service_access.connection, key.grant_service_agent(SERVICE_AGENT)],
        )
        SqlDatabase(
            self,
            "database",
            name=settings.name,
            instance=self.instance.name,
            deletion_policy="ABANDON",
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        password = GeneratedSecret(
            self,
            "Password",
            name="database-password",
            replication=replication,
            length=48,
            generation=settings.password_generation,
        )
        SqlUser(
            self,
            "user",
            name=USER,
            instance=self.instance.name,
            password_wo=password.value,
            password_wo_version=settings.password_generation,
            # It owns the tables, and an owner of objects cannot be dropped.
            deletion_policy="ABANDON",
        )
        self.secret = password
        self.endpoint = self.instance.private_ip_address
        self.certificate = server_authorities(self, self.instance)


class DatabaseReplica(Construct):
    """Read replica of the database in another region, seconds behind, ready to be promoted (DR-3, DR-12).

    Attributes:
        endpoint: private address of the replica.
        certificate: certificate authorities of the server, as PEM.
        instance: instance, for metrics and promotion.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: sql.SqlDatabaseInstance,
        settings: DatabaseSettings,
        size: DatabaseSize,
        region: RegionNetwork,
        private_service_access: PrivateServiceAccess,
        key: Key,
    ) -> None:
        super().__init__(scope, construct_id)
        self.instance = sql.SqlDatabaseInstance(
            self,
            "instance",
            name=f"{PROJECT}-replica",
            region=region.name,
            database_version=version(settings),
            master_instance_name=source.name,
            encryption_key_name=key.key.id,
            deletion_protection=settings.deletion_protection,
            settings=instance_settings(settings, size=size, region=region, availability_type="ZONAL"),
            lifecycle=protection(),
            depends_on=[private_service_access.connection, key.grant_service_agent(SERVICE_AGENT)],
        )
        self.endpoint = self.instance.private_ip_address
        self.certificate = server_authorities(self, self.instance)

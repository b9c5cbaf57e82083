"""PostgreSQL flexible server: the database and its read replica (AZR-4, DR-1, DR-2, DR-3, SEC-6, SEC-7, IMP-2)."""

from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_azurerm import postgresql_flexible_server as postgresql
from cdktf_cdktf_provider_azurerm.log_analytics_workspace import LogAnalyticsWorkspace
from cdktf_cdktf_provider_azurerm.management_lock import ManagementLock
from cdktf_cdktf_provider_azurerm.postgresql_flexible_server_configuration import (
    PostgresqlFlexibleServerConfiguration,
)
from cdktf_cdktf_provider_azurerm.postgresql_flexible_server_database import PostgresqlFlexibleServerDatabase
from cdktf_cdktf_provider_azurerm.user_assigned_identity import UserAssignedIdentity
from constructs import Construct

from constructs_lib.azure.base.keys import Key, key_identity
from constructs_lib.azure.base.logs import send
from constructs_lib.azure.base.vaults import Vault
from constructs_lib.azure.data.secrets import GeneratedSecret
from constructs_lib.azure.network.connections import POSTGRESQL, Connections
from constructs_lib.azure.network.network import RegionNetwork
from constructs_lib.azure.network.private_dns import PrivateZones
from constructs_lib.naming import PROJECT
from constructs_lib.schedule import later
from environments import BackupPolicy, DatabaseSettings, DatabaseSize

PORT = POSTGRESQL
# The administrator: Azure makes no other user, those of Entra and of SQL are made in the database.
USER = PROJECT
_SUNDAY = 0
_MIB_PER_GIB = 1024
_SUBNET = "database"
_CONNECTIONS = "max_connections"
# "Configure and access logs in Azure Database for PostgreSQL", categories.
_LOGS = (
    "PostgreSQLLogs",
    "PostgreSQLFlexSessions",
    "PostgreSQLFlexQueryStoreRuntime",
    "PostgreSQLFlexQueryStoreWaitStats",
)
# The database grows by itself, and a plan that shrinks it again replaces it; a failover swaps the zones.
_MOVES_BY_ITSELF = ["storage_mb", "zone"]
_STANDBY_MOVES = "high_availability[0].standby_availability_zone"


class Database(Construct):
    """PostgreSQL with a standby, point-in-time recovery and mandatory TLS 1.3.

    A client needs both: a way from its subnet to ``region.subnets["database"]``, and ``database.secret``.

    Args:
        name: name of the server, one of all in Azure.
        settings: name of the database, protection, version and standby.
        size: size, of which the number of connections is taken.
        sku: name of the machine's SKU.
        storage_gib: storage at first; one of the amounts that Azure has.
        backup: time and retention of backups. Azure chooses the hour of the backup itself ("Backup and restore",
            Azure Database for PostgreSQL); patches come six hours after the policy's.
        zones: zones of the region: of the server, and of a standby in another.
        region: network of the server.
        connections: security groups of the network.
        private_zones: private zones, of which one holds the server's name.
        key: encryption key, at creation only.
        vaults: vaults that hold the password.
        tenant: id of the tenant, whose identities may be let in.
        workspace: workspace that receives logs and metrics.

    Attributes:
        endpoint: name of the writer; stays the same after a failover.
        secret: secret with the password of ``USER``.
        parameters: parameters of the server, by their names.
        instance: server, for metrics and as the source of a replica.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        settings: DatabaseSettings,
        size: DatabaseSize,
        sku: str,
        storage_gib: int,
        backup: BackupPolicy,
        zones: Sequence[str],
        region: RegionNetwork,
        connections: Connections,
        private_zones: PrivateZones,
        key: Key,
        vaults: Sequence[Vault],
        tenant: str,
        workspace: LogAnalyticsWorkspace,
    ) -> None:
        super().__init__(scope, construct_id)
        password = GeneratedSecret(
            self,
            "Password",
            name="database-password",
            vaults=vaults,
            length=48,
            generation=settings.password_generation,
            # Azure refuses a password of fewer kinds of characters ("Servers - Create", administratorLoginPassword).
            mixed=True,
        )
        identity = key_identity(self, name=f"database-{region.name}", group=region.group)
        here, other, *_ = zones
        hour, minute = later(backup.daily_at_utc, hours=6).split(":")
        self.instance = postgresql.PostgresqlFlexibleServer(
            self,
            "instance",
            name=name,
            resource_group_name=region.group.name,
            location=region.group.location,
            version=settings.engine_version,
            sku_name=sku,
            storage_mb=storage_gib * _MIB_PER_GIB,
            auto_grow_enabled=True,
            zone=here,
            high_availability=_standby(settings, other),
            administrator_login=USER,
            administrator_password_wo=password.value,
            administrator_password_wo_version=settings.password_generation,
            authentication=postgresql.PostgresqlFlexibleServerAuthentication(
                password_auth_enabled=True, active_directory_auth_enabled=True, tenant_id=tenant
            ),
            backup_retention_days=backup.point_in_time_days,
            # It would reach the paired region, which is not that of the recovery ("Azure region pairs").
            geo_redundant_backup_enabled=False,
            maintenance_window=postgresql.PostgresqlFlexibleServerMaintenanceWindow(
                day_of_week=_SUNDAY, start_hour=int(hour), start_minute=int(minute)
            ),
            public_network_access_enabled=False,
            delegated_subnet_id=region.subnets[_SUBNET].id,
            private_dns_zone_id=private_zones.zones[_SUBNET].id,
            identity=_identities(identity),
            customer_managed_key=_customer_key(key, identity),
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=True,
                ignore_changes=[*_MOVES_BY_ITSELF, *([_STANDBY_MOVES] if settings.multi_az else [])],
            ),
            depends_on=_before(connections, private_zones, key.grant_use("Database", identity)),
        )
        PostgresqlFlexibleServerDatabase(
            self,
            "database",
            name=settings.name,
            server_id=self.instance.id,
            charset="UTF8",
            collation="en_US.utf8",
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
        )
        self.secret = password
        self.endpoint = self.instance.fqdn
        self.parameters = _parameters(self, self.instance, settings=settings, size=size)
        _protect(self, self.instance, settings)
        send(self, "logs", self.instance.id, workspace=workspace, logs=_LOGS)


class DatabaseReplica(Construct):
    """Read replica of the database in another region, seconds behind, ready to be promoted (DR-3, DR-12).

    It has neither standby nor backups, and the password of its source ("Read replicas", Azure Database for PostgreSQL).
    A higher number of connections reaches it before its source, which it could not follow otherwise.

    Args:
        name: name of the server, one of all in Azure.
        source: database that it follows.
        settings: settings of that.
        size: size, of which the number of connections is taken.
        sku: name of the machine's SKU.
        storage_gib: storage of the source at first.
        region: network of the replica, peered with that of its source.
        connections: security groups of the network.
        private_zones: private zones, of which one holds the server's name.
        key: encryption key of the region, at creation only.
        after: peerings of the networks, through which it replicates.
        workspace: workspace of the region, that receives logs and metrics.

    Attributes:
        endpoint: name of the replica.
        parameters: parameters of the server, by their names.
        instance: server, for metrics and promotion.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        source: Database,
        settings: DatabaseSettings,
        size: DatabaseSize,
        sku: str,
        storage_gib: int,
        region: RegionNetwork,
        connections: Connections,
        private_zones: PrivateZones,
        key: Key,
        after: Sequence[ITerraformDependable],
        workspace: LogAnalyticsWorkspace,
    ) -> None:
        super().__init__(scope, construct_id)
        identity = key_identity(self, name=f"database-{region.name}", group=region.group)
        self.instance = postgresql.PostgresqlFlexibleServer(
            self,
            "instance",
            name=name,
            resource_group_name=region.group.name,
            location=region.group.location,
            create_mode="Replica",
            source_server_id=source.instance.id,
            sku_name=sku,
            # Left out, the provider asks for 32 GiB (hashicorp/azurerm 4.55.0, create of this type).
            storage_mb=storage_gib * _MIB_PER_GIB,
            auto_grow_enabled=True,
            geo_redundant_backup_enabled=False,
            public_network_access_enabled=False,
            delegated_subnet_id=region.subnets[_SUBNET].id,
            private_dns_zone_id=private_zones.zones[_SUBNET].id,
            identity=_identities(identity),
            customer_managed_key=_customer_key(key, identity),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True, ignore_changes=_MOVES_BY_ITSELF),
            depends_on=[*_before(connections, private_zones, key.grant_use("Database", identity)), *after],
        )
        self.endpoint = self.instance.fqdn
        self.parameters = _parameters(self, self.instance, settings=settings, size=size)
        own = self.parameters[_CONNECTIONS]
        source.parameters[_CONNECTIONS].depends_on = [f"{own.terraform_resource_type}.{own.friendly_unique_id}"]
        _protect(self, self.instance, settings)
        send(self, "logs", self.instance.id, workspace=workspace, logs=_LOGS)


def _standby(settings: DatabaseSettings, zone: str) -> postgresql.PostgresqlFlexibleServerHighAvailability | None:
    if not settings.multi_az:
        return None
    return postgresql.PostgresqlFlexibleServerHighAvailability(
        mode=settings.azure_standby,
        standby_availability_zone=zone if settings.azure_standby == "ZoneRedundant" else None,
    )


def _identities(identity: UserAssignedIdentity) -> postgresql.PostgresqlFlexibleServerIdentity:
    return postgresql.PostgresqlFlexibleServerIdentity(type="UserAssigned", identity_ids=[identity.id])


def _customer_key(key: Key, identity: UserAssignedIdentity) -> postgresql.PostgresqlFlexibleServerCustomerManagedKey:
    return postgresql.PostgresqlFlexibleServerCustomerManagedKey(
        key_vault_key_id=key.key.versionless_id, primary_user_assigned_identity_id=identity.id
    )


def _before(
    connections: Connections, private_zones: PrivateZones, grant: ITerraformDependable
) -> list[ITerraformDependable]:
    """Return what must stand before a server: its security group, its name, and the use of its key."""
    return [connections.associations[_SUBNET], *private_zones.links, grant]


def _parameters(
    scope: Construct,
    server: postgresql.PostgresqlFlexibleServer,
    *,
    settings: DatabaseSettings,
    size: DatabaseSize,
) -> Mapping[str, PostgresqlFlexibleServerConfiguration]:
    values = {
        "log_lock_waits": "on",
        "log_min_duration_statement": str(settings.slow_query_ms),
        "log_statement": "ddl",
        "log_temp_files": "0",
        # Otherwise that of the size that the server was made with ("Limits", Azure Database for PostgreSQL).
        _CONNECTIONS: str(size.max_connections),
        "metrics.collector_database_activity": "on",
        "pg_qs.query_capture_mode": "top",
        "pgms_wait_sampling.query_capture_mode": "all",
        "require_secure_transport": "on",
        # "TLS in Azure Database for PostgreSQL".
        "ssl_min_protocol_version": "TLSv1.3",
        "track_io_timing": "on",
    }
    return {
        name: PostgresqlFlexibleServerConfiguration(
            scope, name.replace(".", "_"), name=name, server_id=server.id, value=value
        )
        for name, value in values.items()
    }


def _protect(scope: Construct, server: postgresql.PostgresqlFlexibleServer, settings: DatabaseSettings) -> None:
    if settings.deletion_protection:
        ManagementLock(
            scope,
            "lock",
            name="database",
            scope=server.id,
            lock_level="CanNotDelete",
            notes="Its backups go with it",
        )

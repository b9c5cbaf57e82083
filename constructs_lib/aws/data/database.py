"""RDS for PostgreSQL: the database instance and its read replica (AWS-4, DR-1, DR-2, SEC-7, IMP-2).

An instance has a fixed identifier, because RDS names the log groups by it, which must exist before the instance does.
A change of what RDS sets at creation only (KMS key, subnet group, database name, user name) therefore fails with
"already exists" before anything is replaced.
"""

from typing import TypedDict

from aws_cdk import CfnResource, Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.aws.base.cfn import cfn, present
from constructs_lib.aws.base.logs import log_group
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.schedule import later, weekly_window
from environments import BackupPolicy, DatabaseSettings, DatabaseSize

PORT = 5432
OWNER = "goodies_owner"
USER = "goodies"
_LOGS = ("postgresql", "upgrade")


def _engine(settings: DatabaseSettings) -> rds.IInstanceEngine:
    # RDS chooses the minor version and raises it by itself. A pinned one would be refused as soon as RDS has passed it,
    # and for new instances once it is withdrawn. The schema of AWS::RDS::DBInstance compares EngineVersion as a prefix.
    version = rds.PostgresEngineVersion.of(settings.engine_version, settings.engine_version)
    return rds.DatabaseInstanceEngine.postgres(version=version)


def _parameters(scope: Construct, settings: DatabaseSettings, size: DatabaseSize) -> rds.ParameterGroup:
    return rds.ParameterGroup(
        scope,
        "Parameters",
        engine=_engine(settings),
        description="TLS only, slow statements logged",
        parameters={
            "rds.force_ssl": "1",
            "log_min_duration_statement": str(settings.slow_query_ms),
            "log_lock_waits": "1",
            "log_temp_files": "0",
            # RDS's own default is less than a deployment of all instances needs (environments/checks/connections.py).
            "max_connections": str(size.max_connections),
            "shared_preload_libraries": "pg_stat_statements",
        },
    )


class _Properties(TypedDict):
    """Properties that an instance and its read replica have in common."""

    instance_identifier: str
    instance_type: ec2.InstanceType
    parameter_group: rds.IParameterGroup
    multi_az: bool
    storage_type: rds.StorageType
    max_allocated_storage: int
    storage_encrypted: bool
    storage_encryption_key: kms.IKey
    copy_tags_to_snapshot: bool
    preferred_backup_window: str
    delete_automated_backups: bool
    deletion_protection: bool
    auto_minor_version_upgrade: bool
    ca_certificate: rds.CaCertificate
    iam_authentication: bool
    enable_performance_insights: bool
    performance_insight_encryption_key: kms.IKey
    performance_insight_retention: rds.PerformanceInsightRetention
    monitoring_interval: Duration
    cloudwatch_logs_exports: list[str]
    port: int
    publicly_accessible: bool
    security_groups: list[ec2.ISecurityGroup]
    vpc: ec2.IVpc
    vpc_subnets: ec2.SubnetSelection


def _properties(
    scope: Construct,
    *,
    identifier: str,
    settings: DatabaseSettings,
    size: DatabaseSize,
    backup: BackupPolicy,
    vpc: ec2.IVpc,
    key: kms.IKey,
) -> _Properties:
    group = ec2.SecurityGroup(scope, "Clients", vpc=vpc, description="Access to the database", allow_all_outbound=False)
    return _Properties(
        instance_identifier=identifier,
        instance_type=ec2.InstanceType(size.aws.removeprefix("db.")),
        parameter_group=_parameters(scope, settings, size),
        multi_az=settings.multi_az,
        storage_type=rds.StorageType.GP3,
        max_allocated_storage=settings.max_storage_gib,
        storage_encrypted=True,
        storage_encryption_key=key,
        copy_tags_to_snapshot=True,
        preferred_backup_window=f"{backup.daily_at_utc}-{later(backup.daily_at_utc, minutes=30)}",
        delete_automated_backups=False,
        deletion_protection=settings.deletion_protection,
        auto_minor_version_upgrade=True,
        ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1,
        iam_authentication=True,
        enable_performance_insights=True,
        performance_insight_encryption_key=key,
        performance_insight_retention=_INSIGHTS[settings.insights_days],
        monitoring_interval=Duration.minutes(1),
        cloudwatch_logs_exports=list(_LOGS),
        port=PORT,
        publicly_accessible=False,
        security_groups=[group],
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
    )


_INSIGHTS = {
    7: rds.PerformanceInsightRetention.DEFAULT,
    31: rds.PerformanceInsightRetention.MONTHS_1,
    731: rds.PerformanceInsightRetention.LONG_TERM,
}


def _make_log_groups(
    scope: Construct, instance: rds.IDatabaseInstance, *, identifier: str, days: int, key: kms.IKey
) -> None:
    """Make the log groups that RDS would make at its first entry, without a retention and under AWS's key.

    Source: "Publishing PostgreSQL logs to Amazon CloudWatch Logs", RDS user guide.
    """
    for log in _LOGS:
        group = log_group(
            scope, f"{log.capitalize()}Log", name=f"/aws/rds/instance/{identifier}/{log}", days=days, key=key
        )
        instance.node.add_dependency(group)


def _acknowledge(instance: rds.IDatabaseInstance) -> None:
    acknowledge(instance, "AwsSolutions-RDS11", because="The security group protects the port, not its number")
    acknowledge(
        instance,
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]",
        because="AWS keeps this policy in step with what enhanced monitoring writes; it names one log group",
    )


def _maintenance(day: str, backup: BackupPolicy) -> str:
    return weekly_window(day, later(backup.daily_at_utc, hours=6), minutes=30)


class Database(Construct):
    """PostgreSQL with a standby, point-in-time recovery and mandatory TLS.

    A client needs both: ``client.connections.allow_to_default_port(database.connections)``, which does not change this
    stack, and ``database.secret``.

    Attributes:
        connections: security group of the database; it has no ingress rules at first.
        endpoint: host name of the writer; stays the same after a failover.
        secret: name and password of the service's user; its fields are username, password, host, port, dbname.
        owner_secret: the same fields of the user that owns the schema and creates other users.
        instance: for metrics, and as the source of a replica.

    Args:
        identifier: of the instance; RDS names its log groups by it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identifier: str,
        settings: DatabaseSettings,
        size: DatabaseSize,
        backup: BackupPolicy,
        vpc: ec2.IVpc,
        key: kms.IKey,
        replica_regions: list[secretsmanager.ReplicaRegion],
    ) -> None:
        super().__init__(scope, construct_id)
        self.instance = rds.DatabaseInstance(
            self,
            "Instance",
            engine=_engine(settings),
            database_name=settings.name,
            credentials=rds.Credentials.from_generated_secret(
                OWNER, encryption_key=key, replica_regions=replica_regions
            ),
            allocated_storage=settings.storage_gib,
            backup_retention=Duration.days(backup.point_in_time_days),
            allow_major_version_upgrade=settings.major_upgrade,
            # AWS Backup takes its own backup two hours later, and none within an hour of these windows ("Considerations
            # for Amazon RDS", AWS Backup developer guide).
            preferred_maintenance_window=_maintenance("sun", backup),
            removal_policy=RemovalPolicy.SNAPSHOT,
            **_properties(self, identifier=identifier, settings=settings, size=size, backup=backup, vpc=vpc, key=key),
        )
        _make_log_groups(self, self.instance, identifier=identifier, days=settings.log_days, key=key)
        _acknowledge(self.instance)
        if not settings.multi_az:
            acknowledge(
                self.instance, "AwsSolutions-RDS3", "CKV_AWS_157", because="The environment's data asks for one zone"
            )
        if not settings.deletion_protection:
            acknowledge(
                self.instance,
                "AwsSolutions-RDS10",
                because="The environment's data lets the database be deleted, with a last snapshot",
            )
        self.owner_secret = present(self.instance.secret)
        user_secret = rds.DatabaseSecret(
            self,
            "User",
            username=USER,
            dbname=settings.name,
            master_secret=self.owner_secret,
            encryption_key=key,
            replica_regions=replica_regions,
        )
        self.secret = user_secret.attach(self.instance)
        # A restored snapshot accepts only these passwords.
        for secret in (self.instance.node.find_child("Secret"), user_secret):
            cfn(secret, CfnResource).apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        self.connections = self.instance.connections
        self.endpoint = self.instance.db_instance_endpoint_address


class DatabaseReplica(Construct):
    """Read replica of the database in another region, seconds behind (DR-3, DR-12).

    It has what the database has, its own automated backups too, so that a promoted one is protected from the first
    minute. RDS takes them of replicas from PostgreSQL 14.1 on, where a replica may have replicas, for which its backups
    must be on ("Using cascading read replicas with RDS for PostgreSQL", RDS user guide). PostgreSQL stops replaying on
    a replica that allows fewer connections, workers, senders, locks or prepared transactions than its source ("Hot
    Standby", PostgreSQL documentation); the parameters are the same, and those that follow the instance's size are why
    a replica is never smaller.

    Attributes:
        connections: security group of the database; it has no ingress rules at first.
        endpoint: host name of the replica.
        instance: for metrics and for promotion.

    Args:
        identifier: of the instance; RDS names its log groups by it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: rds.IDatabaseInstance,
        identifier: str,
        settings: DatabaseSettings,
        size: DatabaseSize,
        backup: BackupPolicy,
        vpc: ec2.IVpc,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.instance = rds.DatabaseInstanceReadReplica(
            self,
            "Instance",
            source_database_instance=source,
            # A replica is upgraded before its source ("Upgrading the PostgreSQL DB engine", RDS user guide).
            preferred_maintenance_window=_maintenance("sat", backup),
            # A replica takes no final snapshot, and after a promotion it holds the only data.
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            **_properties(self, identifier=identifier, settings=settings, size=size, backup=backup, vpc=vpc, key=key),
        )
        _make_log_groups(self, self.instance, identifier=identifier, days=settings.log_days, key=key)
        _acknowledge(self.instance)
        acknowledge(
            self.instance, "AwsSolutions-RDS2", "CKV_AWS_16", because="A copy is encrypted because its source is"
        )
        resource = cfn(self.instance, rds.CfnDBInstance)
        # CloudFormation refuses this property for a replica.
        resource.storage_encrypted = None
        # The CDK knows of no PostgreSQL whose replicas have backups. CloudFormation makes the replica and then sets
        # them.
        resource.backup_retention_period = backup.point_in_time_days
        self.connections = self.instance.connections
        self.endpoint = self.instance.db_instance_endpoint_address

"""ElastiCache replication group that all tasks share (AWS-5, SEC-5, SEC-6)."""

from aws_cdk import RemovalPolicy, SecretValue
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticache as elasticache
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.aws.base.logs import delivered_log_group
from constructs_lib.aws.base.suppressions import acknowledge
from environments import CacheSettings, CacheSize

PORT = 6379
# Engine, its newest version in ElastiCache, and its parameter group family
# ("Supported engine versions", ElastiCache user guide).
_VERSIONS = {"redis": ("7.1", "redis7"), "valkey": ("8.2", "valkey8")}


class Cache(Construct):
    """Replicated Redis or Valkey with automatic failover, TLS and an AUTH token.

    A client needs both: ``client.connections.allow_to_default_port(cache.connections)``, which does not change this
    stack, and ``cache.password``.

    Attributes:
        connections: security group of the cache; it has no ingress rules at first.
        endpoint: host name of the primary node; stays the same after a failover.
        password: the secret that holds the AUTH token.
        node_ids: ids of the nodes, by which CloudWatch keeps metrics.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: CacheSettings,
        size: CacheSize,
        vpc: ec2.IVpc,
        key: kms.IKey,
        replica_regions: list[secretsmanager.ReplicaRegion],
    ) -> None:
        super().__init__(scope, construct_id)
        version, family = _VERSIONS[settings.engine]
        group = ec2.SecurityGroup(self, "Clients", vpc=vpc, description="Access to the cache", allow_all_outbound=False)
        subnets = elasticache.CfnSubnetGroup(
            self,
            "Subnets",
            description="Subnets of the cache",
            subnet_ids=vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED).subnet_ids,
        )
        parameters = elasticache.CfnParameterGroup(
            self,
            "Parameters",
            description="Evicts the least recently used keys when memory is full",
            cache_parameter_group_family=family,
            properties={"maxmemory-policy": "allkeys-lru"},
        )
        self.password = secretsmanager.Secret(
            self,
            "Password",
            description="AUTH token of the cache",
            encryption_key=key,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            replica_regions=replica_regions,
            # ElastiCache accepts 16 to 128 characters and no quotes, slashes or at signs in an AUTH token.
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=64),
        )
        slow_log = delivered_log_group(self, "SlowLog", days=settings.log_days, key=key, writer="elasticache")
        cluster = elasticache.CfnReplicationGroup(
            self,
            "Redis",
            replication_group_description="Shared cache of the service",
            engine=settings.engine,
            engine_version=version,
            cache_parameter_group_name=parameters.ref,
            cache_node_type=size.aws,
            num_cache_clusters=settings.nodes,
            automatic_failover_enabled=settings.nodes > 1,
            multi_az_enabled=settings.nodes > 1,
            cache_subnet_group_name=subnets.ref,
            security_group_ids=[group.security_group_id],
            port=PORT,
            at_rest_encryption_enabled=True,
            kms_key_id=key.key_arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            auth_token=SecretValue.secrets_manager(self.password.secret_arn).unsafe_unwrap(),
            auto_minor_version_upgrade=True,
            snapshot_retention_limit=settings.snapshot_days,
            log_delivery_configurations=[
                elasticache.CfnReplicationGroup.LogDeliveryConfigurationRequestProperty(
                    log_type="slow-log",
                    log_format="json",
                    destination_type="cloudwatch-logs",
                    destination_details=elasticache.CfnReplicationGroup.DestinationDetailsProperty(
                        cloud_watch_logs_details=elasticache.CfnReplicationGroup.CloudWatchLogsDestinationDetailsProperty(
                            log_group=slow_log.log_group_name
                        )
                    ),
                )
            ],
        )
        acknowledge(
            self.password,
            "AwsSolutions-SMG4",
            because="Tasks read the token at their start: it changes with a deployment, not on a schedule",
        )
        acknowledge(cluster, "AwsSolutions-AEC5", because="The security group protects the port, not its number")
        if settings.nodes == 1:
            acknowledge(cluster, "AwsSolutions-AEC4", because="The environment's data asks for a single node")
        cluster.apply_removal_policy(RemovalPolicy.SNAPSHOT)
        self.connections = ec2.Connections(default_port=ec2.Port.tcp(PORT), security_groups=[group])
        self.endpoint = cluster.attr_primary_end_point_address
        # ElastiCache names the nodes: the group's name and three digits, from 001.
        self.node_ids = [f"{cluster.ref}-{number:03d}" for number in range(1, settings.nodes + 1)]

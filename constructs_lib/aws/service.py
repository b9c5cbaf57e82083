"""FunkyGibbon's containers (ARC-2, AWS-3, SEC-9)."""

from aws_cdk import Aws, CfnCondition, Duration, Fn, Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from constructs_lib.aws import cache as cache_module
from constructs_lib.aws import database as database_module
from constructs_lib.aws.cache import Cache
from constructs_lib.aws.database import Database
from constructs_lib.aws.load_balancer import HEALTH_PATH, LoadBalancer
from constructs_lib.aws.logs import log_group
from constructs_lib.aws.secrets import Secrets
from environments import ServiceSettings

PORT = 8000
NO_RELEASE = "none"
_USER = "10001"
_CERTIFICATES = "/etc/ssl/certs/rds-global-bundle.pem"
_ARCHITECTURES = {"arm64": ecs.CpuArchitecture.ARM64, "x86_64": ecs.CpuArchitecture.X86_64}
_STRATEGIES = {"rolling": ecs.DeploymentStrategy.ROLLING, "blue_green": ecs.DeploymentStrategy.BLUE_GREEN}


class Service(Construct):
    """The Fargate service behind the load balancer, running the release that the environment has recorded.

    As long as no release is recorded it runs no task, so that the first deploy needs no image. Afterwards the template
    names no task count: what autoscaling chose stays.

    Attributes:
        cluster: where one-off tasks run, too.
        service: for scaling and metrics.
        task_definition: what a migration runs with another command.
        connections: the security group's edges.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: ServiceSettings,
        vpc: ec2.IVpc,
        repository: ecr.IRepository,
        release_parameter: str,
        entrance: LoadBalancer,
        database: Database,
        database_name: str,
        cache: Cache,
        secrets: Secrets,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        release = ssm.StringParameter.value_for_string_parameter(self, release_parameter)
        released = CfnCondition(self, "Released", expression=Fn.condition_not(Fn.condition_equals(release, NO_RELEASE)))
        self.cluster = ecs.Cluster(
            self, "Cluster", vpc=vpc, container_insights_v2=ecs.ContainerInsights.ENHANCED
        )
        self.task_definition = ecs.FargateTaskDefinition(
            self,
            "Task",
            cpu=settings.cpu,
            memory_limit_mib=settings.memory_mib,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=_ARCHITECTURES[settings.architecture],
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            volumes=[ecs.Volume(name="tmp")],
        )
        container = self.task_definition.add_container(
            "funkygibbon",
            image=ecs.ContainerImage.from_ecr_repository(repository, release),
            user=_USER,
            readonly_root_filesystem=True,
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            stop_timeout=Duration.seconds(settings.stop_seconds),
            environment={
                "API_PORT": str(PORT),
                "BACKUP_SCHEDULE_ENABLED": "false",
                # libpq takes the rest of the address from the PG variables, so no URL ever holds a password.
                "DATABASE_URL": "postgresql+psycopg://",
                "PGHOST": database.endpoint,
                "PGPORT": str(database_module.PORT),
                "PGDATABASE": database_name,
                "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": _CERTIFICATES,
                "REDIS_HOST": cache.endpoint,
                "REDIS_PORT": str(cache_module.PORT),
                "REDIS_TLS": "true",
            },
            secrets={
                "PGUSER": ecs.Secret.from_secrets_manager(database.secret, "username"),
                "PGPASSWORD": ecs.Secret.from_secrets_manager(database.secret, "password"),
                "REDIS_PASSWORD": ecs.Secret.from_secrets_manager(cache.password),
                "JWT_SECRET": ecs.Secret.from_secrets_manager(secrets.jwt),
                "ADMIN_PASSWORD_HASH": ecs.Secret.from_secrets_manager(secrets.admin_password_hash),
            },
            logging=ecs.LogDriver.aws_logs(
                stream_prefix="api",
                log_group=log_group(self, "Log", days=settings.log_days, key=key),
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            ),
            health_check=ecs.HealthCheck(
                command=[
                    "CMD",
                    "python",
                    "-c",
                    f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}{HEALTH_PATH}', timeout=4)",
                ],
                interval=Duration.seconds(15),
                timeout=Duration.seconds(5),
                retries=3,
                start_period=Duration.seconds(30),
            ),
        )
        key.grant_decrypt(self.task_definition.obtain_execution_role())
        container.add_mount_points(ecs.MountPoint(container_path="/tmp", source_volume="tmp", read_only=False))
        group = ec2.SecurityGroup(self, "Tasks", vpc=vpc, description="The tasks", allow_all_outbound=False)
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "Registry, secrets and logs")
        self.service = ecs.FargateService(
            self,
            "Service",
            cluster=self.cluster,
            task_definition=self.task_definition,
            desired_count=Token.as_number(Fn.condition_if(released.logical_id, Aws.NO_VALUE, 0)),
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[group],
            assign_public_ip=False,
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            min_healthy_percent=100,
            max_healthy_percent=200,
            health_check_grace_period=Duration.seconds(60),
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            deployment_strategy=_STRATEGIES[settings.deployment],
            bake_time=Duration.minutes(settings.bake_minutes) if entrance.green else None,
            enable_execute_command=settings.execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
        self.connections = self.service.connections
        self._stand_behind(entrance)
        self.service.connections.allow_to_default_port(database.connections, "Tasks to database")
        self.service.connections.allow_to_default_port(cache.connections, "Tasks to cache")

    def _stand_behind(self, entrance: LoadBalancer) -> None:
        alternate = None
        if entrance.green and entrance.test:
            alternate = ecs.AlternateTarget(
                "Green",
                alternate_target_group=entrance.green,
                production_listener=ecs.ListenerRuleConfiguration.application_listener_rule(entrance.production),
                test_listener=ecs.ListenerRuleConfiguration.application_listener_rule(entrance.test),
            )
        entrance.blue.add_target(
            self.service.load_balancer_target(
                container_name="funkygibbon", container_port=PORT, alternate_target=alternate
            )
        )

"""ECS task definition of FunkyGibbon: image, environment, secrets, permissions (ARC-2, SEC-9)."""

from functools import partial

from aws_cdk import CfnCondition, Duration, Fn
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from constructs_lib.aws.base.logs import log_group
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.data import cache as redis
from constructs_lib.aws.data import database as postgresql
from constructs_lib.aws.data.cache import Cache
from constructs_lib.aws.data.database import Database
from constructs_lib.aws.data.secrets import Secrets
from constructs_lib.container import CONTAINER, HEALTH_PATH, MIGRATION, NO_RELEASE, PORT, USER, environment_variables
from environments import ServiceSettings, ServiceSize, TimeoutPolicy

# The image's file of RDS certificates (images/funkygibbon/Dockerfile).
_CERTIFICATES = "/etc/ssl/certs/rds-global-bundle.pem"
# Folders that the agent of ECS Exec writes to, which a read-only file system does not let it ("Monitor Amazon ECS
# containers with ECS Exec", Amazon ECS developer guide; aws/containers-roadmap#1359).
_EXEC_FOLDERS = {"exec-state": "/var/lib/amazon/ssm", "exec-logs": "/var/log/amazon/ssm"}
# The longest that Fargate takes (ContainerDefinition, Amazon ECS API reference). A container that has not ended by then
# ends the task, and the transaction of the migration with it.
_MIGRATION_TIMEOUT = Duration.seconds(120)
_ARCHITECTURES = {"arm64": ecs.CpuArchitecture.ARM64, "x86_64": ecs.CpuArchitecture.X86_64}


class Task(Construct):
    """ECS task definition of the recorded release.

    The schema migration is its first container: one task migrates, the others wait, and on a current schema it ends at
    once. A release whose migration fails therefore starts no service.

    Attributes:
        definition: task definition, for services and one-off runs.
        release: tag of the recorded release, a token.
        released: CloudFormation condition that a release is recorded.
        first: CloudFormation condition that it is the first one: no deployment has succeeded before.

    Args:
        release_parameter: name of the SSM parameter that records the release.
        running_parameter: name of the SSM parameter that records the release of the last successful deployment.
        database_name: the database that the service uses.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: ServiceSettings,
        size: ServiceSize,
        timeouts: TimeoutPolicy,
        image: ecr.IRepository,
        release_parameter: str,
        running_parameter: str,
        database: Database,
        database_name: str,
        cache: Cache,
        secrets: Secrets,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.release = ssm.StringParameter.value_for_string_parameter(self, release_parameter)
        running = ssm.StringParameter.value_for_string_parameter(self, running_parameter)
        released = Fn.condition_not(Fn.condition_equals(self.release, NO_RELEASE))
        first = Fn.condition_and(released, Fn.condition_equals(running, NO_RELEASE))
        self.released = CfnCondition(self, "Released", expression=released)
        self.first = CfnCondition(self, "First", expression=first)
        writable = {"tmp": "/tmp"} | (_EXEC_FOLDERS if settings.execute_command else {})
        self.definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            cpu=size.cpu,
            memory_limit_mib=size.memory_mib,
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=_ARCHITECTURES[settings.architecture],
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
            volumes=[ecs.Volume(name=name) for name in writable],
        )
        add_container = partial(
            self.definition.add_container,
            image=ecs.ContainerImage.from_ecr_repository(image, self.release),
            # With its group, which ECS would take for 0 otherwise.
            user=f"{USER}:{USER}",
            readonly_root_filesystem=True,
            stop_timeout=Duration.seconds(settings.stop_seconds),
            environment=environment_variables(
                database_host=database.endpoint,
                database_port=postgresql.PORT,
                database_name=database_name,
                database_certificates=_CERTIFICATES,
                certificate_check="verify-full",
                cache_host=cache.endpoint,
                cache_port=redis.PORT,
                timeouts=timeouts,
            )
            | settings.variables,
            logging=ecs.LogDriver.aws_logs(
                stream_prefix="api",
                log_group=log_group(self, "Log", days=settings.log_days, key=key),
                mode=ecs.AwsLogDriverMode.NON_BLOCKING,
            ),
        )
        login = {
            "PGUSER": ecs.Secret.from_secrets_manager(database.secret, "username"),
            "PGPASSWORD": ecs.Secret.from_secrets_manager(database.secret, "password"),
        }
        migration = add_container(
            MIGRATION, command=[MIGRATION], essential=False, secrets=login, start_timeout=_MIGRATION_TIMEOUT
        )
        container = add_container(
            CONTAINER,
            port_mappings=[ecs.PortMapping(container_port=PORT)],
            secrets=login
            | {
                "REDIS_PASSWORD": ecs.Secret.from_secrets_manager(cache.password),
                "JWT_SECRET": ecs.Secret.from_secrets_manager(secrets.jwt),
                "ADMIN_PASSWORD_HASH": ecs.Secret.from_secrets_manager(secrets.admin_password_hash),
            }
            | {name: ecs.Secret.from_secrets_manager(secret) for name, secret in secrets.application.items()},
            health_check=_health_check(timeouts),
        )
        # Where the migration fails, ECS does not start this container, and stops the task (aws/amazon-ecs-agent#3218).
        container.add_container_dependencies(
            ecs.ContainerDependency(container=migration, condition=ecs.ContainerDependencyCondition.SUCCESS)
        )
        for each in (migration, container):
            each.add_mount_points(
                *(
                    ecs.MountPoint(container_path=path, source_volume=name, read_only=False)
                    for name, path in writable.items()
                )
            )
        key.grant_decrypt(self.definition.obtain_execution_role())
        acknowledge(self.definition, "AwsSolutions-ECS2", because="Secret values come from Secrets Manager")
        acknowledge(
            self.definition,
            "AwsSolutions-IAM5[Resource::*]",
            because="ecr:GetAuthorizationToken supports no resource-level permissions",
        )


def _health_check(timeouts: TimeoutPolicy) -> ecs.HealthCheck:
    # ECS stops the command at the timeout.
    seconds = timeouts.liveness_timeout_seconds
    request = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{PORT}{HEALTH_PATH}', timeout={seconds})"
    return ecs.HealthCheck(
        command=["CMD", "python", "-c", request],
        interval=Duration.seconds(timeouts.liveness_interval_seconds),
        timeout=Duration.seconds(seconds),
        retries=timeouts.liveness_failures,
        start_period=Duration.seconds(60),
    )

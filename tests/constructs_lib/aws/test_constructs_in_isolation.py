"""Each construct works in a stack of its own, with no more than what it asks for."""

from collections.abc import Callable
from functools import cached_property
from uuid import UUID

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from constructs_lib.aws.base.keys import Key, KeyReplica
from constructs_lib.aws.data.archive import Archive
from constructs_lib.aws.data.backups import BackupPlan, RestoreTest, Vault
from constructs_lib.aws.data.cache import Cache
from constructs_lib.aws.data.database import Database, DatabaseReplica
from constructs_lib.aws.data.rotation import RestartAfterRotation, Rotation
from constructs_lib.aws.data.secrets import OriginSecrets, Secrets
from constructs_lib.aws.data.storage import ReplicaStorage, Storage
from constructs_lib.aws.delivery.registry import Registry, ReleaseRecord, Replication, shared_repository
from constructs_lib.aws.edge.edge import Edge
from constructs_lib.aws.edge.firewall import Firewall
from constructs_lib.aws.monitoring.alarms import Alarms
from constructs_lib.aws.monitoring.notifications import Notifications, deliveries
from constructs_lib.aws.monitoring.outside_check import OutsideCheck
from constructs_lib.aws.monitoring.receivers import ReceiverCheck
from constructs_lib.aws.monitoring.rollback_alarms import RollbackAlarms
from constructs_lib.aws.network.dns import Zone
from constructs_lib.aws.network.network import Network
from constructs_lib.aws.service.deployment_hooks import DeploymentHooks
from constructs_lib.aws.service.deployment_watchdog import DeploymentWatchdog
from constructs_lib.aws.service.load_balancer import LoadBalancer
from constructs_lib.aws.service.probe import Probe
from constructs_lib.aws.service.running_release import RunningRelease
from constructs_lib.aws.service.scaling import Scaling
from constructs_lib.aws.service.service import Service
from constructs_lib.aws.service.session import Session
from constructs_lib.aws.service.task import Task
from constructs_lib.aws.service.traffic import Traffic
from environments import load
from tests.synthesis import cdk_context

DEV = next(environment for environment in load() if environment.name == "dev")
POLICY = DEV.policy
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
DOMAIN = "goodies.example"


class IsolatedStack(Stack):
    """A stack that creates each dependency of a construct on first use."""

    settings = DEV.service

    def __init__(self) -> None:
        app = App(context=cdk_context(), analytics_reporting=False)
        super().__init__(app, "Alone", env=Environment(account="111122223333", region="us-east-1"))

    @cached_property
    def key(self) -> kms.IKey:
        return kms.Key.from_key_arn(self, "AKey", f"arn:aws:kms:us-east-1:111122223333:key/{UUID(int=0)}")

    @cached_property
    def vpc(self) -> ec2.IVpc:
        return Network(self, "ANetwork", settings=DEV.network, zones=ZONES, key=self.key).vpc

    @cached_property
    def zone(self) -> route53.IHostedZone:
        return route53.HostedZone.from_hosted_zone_attributes(self, "AZone", hosted_zone_id="Z1", zone_name=DOMAIN)

    @cached_property
    def bucket(self) -> s3.Bucket:
        return s3.Bucket(self, "ABucket")

    @cached_property
    def secret(self) -> secretsmanager.ISecret:
        return secretsmanager.Secret(self, "ASecret")

    @cached_property
    def database(self) -> Database:
        return Database(
            self,
            "Database",
            identifier="goodies-alone",
            settings=DEV.database,
            size=DEV.database_size,
            backup=POLICY.backup,
            vpc=self.vpc,
            key=self.key,
            replica_regions=[],
        )

    @cached_property
    def cache(self) -> Cache:
        return Cache(
            self, "Cache", settings=DEV.cache, size=DEV.cache_size, vpc=self.vpc, key=self.key, replica_regions=[]
        )

    @cached_property
    def origin_secrets(self) -> OriginSecrets:
        return OriginSecrets(self, "OriginSecrets", key=self.key, replica_regions=[])

    @cached_property
    def load_balancer(self) -> LoadBalancer:
        return LoadBalancer(
            self,
            "Entrance",
            name="Alone",
            vpc=self.vpc,
            zone=self.zone,
            domain=DOMAIN,
            cdn_prefix_list="pl-3b927c52",
            secrets=self.origin_secrets,
            deletion_protection=True,
            blue_green=True,
            port=8000,
            timeouts=POLICY.timeouts,
            logs=self.bucket,
            log_days=30,
            key=self.key,
        )

    @cached_property
    def task(self) -> Task:
        return Task(
            self,
            "Task",
            settings=self.settings,
            size=DEV.service_size,
            timeouts=POLICY.timeouts,
            image=shared_repository(self, "Images", account="111122223333", region="us-east-1"),
            release_parameter="/goodies/dev/release",
            running_parameter="/goodies/dev/running",
            database=self.database,
            database_name="goodies",
            cache=self.cache,
            secrets=Secrets(self, "Secrets", prefix="goodies/dev", application=(), key=self.key, replica_regions=[]),
            key=self.key,
        )

    @cached_property
    def service(self) -> Service:
        return Service(
            self,
            "Service",
            settings=self.settings,
            cluster_name="goodies-dev",
            min_instances=2,
            vpc=self.vpc,
            task=self.task,
            session=Session(self, "Session", log_days=30, key=self.key),
            load_balancer=self.load_balancer,
            rollback_alarms=["Alone-Deployment-ErrorRate-Rollback"],
            hooks=None,
        )

    @cached_property
    def hooks(self) -> DeploymentHooks:
        return DeploymentHooks(
            self,
            "Hooks",
            name="Alone",
            policy=POLICY.releases,
            vpc=self.vpc,
            cluster_name="goodies-dev",
            service_name="funkygibbon",
            alarm_prefix="Alone-Deployment-",
            signing_secret=self.secret,
            release="/goodies/dev/release",
            urgent="/goodies/dev/urgent",
            refusal="/goodies/dev/refusal",
            on_call=self.notifications.on_call,
            team=self.notifications.team,
            log_days=365,
            key=self.key,
        )

    @cached_property
    def traffic(self) -> Traffic:
        return Traffic(self.load_balancer, policy=POLICY.alarms, cluster_name="cluster", service_name="service")

    @cached_property
    def probe(self) -> Probe:
        return Probe(
            self,
            "Probe",
            environment="alone",
            policy=POLICY.alarms,
            vpc=self.vpc,
            load_balancer=self.load_balancer,
            signing_secret=self.secret,
            log_days=30,
            key=self.key,
        )

    @cached_property
    def storage(self) -> Storage:
        replica = ReplicaStorage(self, "Replica", policy=POLICY.objects, backup=POLICY.backup, key=self.key)
        return Storage(self, "Storage", policy=POLICY.objects, backup=POLICY.backup, key=self.key, replica=replica)

    @cached_property
    def notifications(self) -> Notifications:
        return Notifications(self, "Notifications", name="Alone", receivers=DEV.account.receivers, key=self.key)

    @cached_property
    def edge(self) -> Edge:
        return Edge(
            self,
            "Edge",
            settings=DEV.edge,
            timeouts=POLICY.timeouts,
            name="Alone",
            zone=self.zone,
            domain=DOMAIN,
            origin_host=f"origin.{DOMAIN}",
            origin_secret=self.secret,
            assets=self.bucket,
            logs=s3.Bucket(self, "Logs", object_ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED),
            key=self.key,
        )

    @cached_property
    def vault(self) -> Vault:
        return Vault(self, "Vault", lock="compliance", policy=POLICY.backup, key=self.key)


CONSTRUCTS: dict[str, Callable[[IsolatedStack], object]] = {
    "AWS::StepFunctions::StateMachine": lambda stack: Archive(
        stack,
        "Archive",
        policy=POLICY.backup,
        database=stack.database.instance,
        bucket=stack.bucket,
        key=stack.key,
    ),
    "AWS::ElastiCache::ReplicationGroup": lambda stack: stack.cache,
    "AWS::RDS::DBInstance": lambda stack: DatabaseReplica(
        stack,
        "Copy",
        source=stack.database.instance,
        identifier="goodies-copy",
        settings=DEV.database,
        size=DEV.database_size,
        backup=POLICY.backup,
        vpc=stack.vpc,
        key=stack.key,
    ),
    "AWS::ECR::Repository": lambda stack: Registry(
        stack,
        "Registry",
        policy=POLICY.images,
        pulled_from_accounts=["444455556666"],
    ),
    "AWS::ECR::ReplicationConfiguration": lambda stack: Replication(stack, "Replication", to_region="us-west-2"),
    "Custom::AWS": lambda stack: ReleaseRecord(
        stack, "Release", parameter_name="/goodies/dev/release", description="Release"
    ),
    "AWS::IAM::Policy": lambda stack: RunningRelease(
        stack, "Running", parameter_name="/goodies/dev/running", release="0.3.0-2a1ec34", after=[]
    ),
    "AWS::Route53::HostedZone": lambda stack: Zone(stack, "Zone", domain=DOMAIN),
    "AWS::CloudFront::Distribution": lambda stack: stack.edge,
    "AWS::WAFv2::WebACL": lambda stack: Firewall(stack, "Firewall", settings=DEV.edge, name="Alone", key=stack.key),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": lambda stack: stack.load_balancer,
    "AWS::EC2::VPC": lambda stack: stack.vpc,
    "AWS::CloudWatch::Dashboard": lambda stack: Alarms(
        stack,
        "Observability",
        name="Alone",
        sections=[
            deliveries(
                stack.notifications,
                ReceiverCheck(stack, "Receivers", expected=stack.notifications.expected, log_days=365, key=stack.key),
            )
        ],
        notifications=stack.notifications,
        dashboard=True,
    ),
    "AWS::SNS::Topic": lambda stack: stack.notifications,
    "AWS::CloudWatch::Alarm": lambda stack: RollbackAlarms(
        stack,
        "Rollback",
        name="Alone",
        policy=POLICY.alarms,
        traffic=stack.traffic,
        probe=stack.probe,
        cluster_name="goodies-dev",
        service_name="funkygibbon",
        notifications=stack.notifications,
    ),
    "AWS::Synthetics::Canary": lambda stack: OutsideCheck(
        stack,
        "OutsideCheck",
        name="alone",
        url=f"https://api.{DOMAIN}",
        policy=POLICY.alarms,
        signing_secret=stack.secret,
        storage=stack.storage,
        key=stack.key,
    ),
    "AWS::Backup::BackupVault": lambda stack: stack.vault,
    "AWS::Backup::BackupPlan": lambda stack: BackupPlan(
        stack,
        "Plan",
        policy=POLICY.backup,
        vault=stack.vault.vault,
        copies=None,
        database=stack.database.instance,
    ),
    "AWS::Backup::RestoreTestingPlan": lambda stack: RestoreTest(
        stack,
        "RestoreTest",
        name="alone",
        policy=POLICY.backup,
        size=DEV.database_size,
        vault=stack.vault.vault,
        database=stack.database.instance,
        vpc=stack.vpc,
    ),
    "AWS::SecretsManager::RotationSchedule": lambda stack: Rotation(
        stack,
        "Rotation",
        policy=POLICY.security,
        database=stack.database,
        vpc=stack.vpc,
        key=stack.key,
        replica_keys=[],
    ),
    "AWS::Events::Rule": lambda stack: RestartAfterRotation(
        stack,
        "Restart",
        policy=POLICY.security,
        secret=stack.secret,
        service=stack.service.service,
        key=stack.key,
    ),
    "AWS::Lambda::Function": lambda stack: stack.hooks,
    "AWS::SQS::Queue": lambda stack: DeploymentWatchdog(
        stack,
        "Watchdog",
        name="Alone",
        policy=POLICY.releases,
        cluster_name="goodies-dev",
        service_name="funkygibbon",
        release="/goodies/dev/release",
        refusal="/goodies/dev/refusal",
        topic=stack.notifications.team,
        log_days=365,
        key=stack.key,
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": lambda stack: Scaling(
        stack,
        "Scaling",
        name="Alone",
        policy=POLICY.scaling,
        task=stack.task,
        service=stack.service,
        traffic=stack.traffic,
    ),
    "AWS::SecretsManager::Secret": lambda stack: Secrets(
        stack, "Secrets", prefix="goodies/dev", application=(), key=stack.key, replica_regions=[]
    ),
    "AWS::KMS::Key": lambda stack: Key(stack, "Key", policy=POLICY.security),
    "AWS::KMS::ReplicaKey": lambda stack: KeyReplica(stack, "Key", primary=stack.key),
    "AWS::ECS::TaskDefinition": lambda stack: stack.task,
    "AWS::ECS::Service": lambda stack: stack.service,
    "AWS::S3::Bucket": lambda stack: stack.storage,
}


@pytest.mark.parametrize("kind", CONSTRUCTS)
def test_a_construct_works_alone(kind: str) -> None:
    stack = IsolatedStack()
    CONSTRUCTS[kind](stack)
    assert Template.from_stack(stack).find_resources(kind)


@pytest.mark.plan("AWS-3")
@pytest.mark.parametrize("allowed", [True, False])
def test_a_shell_has_the_folders_that_its_agent_writes_to(allowed: bool) -> None:
    stack = IsolatedStack()
    stack.settings = DEV.service.model_copy(update={"execute_command": allowed})
    _ = stack.service
    template = Template.from_stack(stack)
    (task,) = template.find_resources("AWS::ECS::TaskDefinition").values()
    agent = {"/var/lib/amazon/ssm", "/var/log/amazon/ssm"}
    for container in task["Properties"]["ContainerDefinitions"]:
        writable = {mount["ContainerPath"] for mount in container["MountPoints"] if not mount["ReadOnly"]}
        assert writable == {"/tmp"} | (agent if allowed else set())
        assert container["ReadonlyRootFilesystem"] is True
    (service,) = template.find_resources("AWS::ECS::Service").values()
    assert service["Properties"]["EnableExecuteCommand"] is allowed
    statements = [
        statement
        for name, policy in template.find_resources("AWS::IAM::Policy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if name.startswith("Task")
    ]
    assert ("ssmmessages:OpenDataChannel" in str(statements)) is allowed

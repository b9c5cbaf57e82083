"""The environments on AWS (ARC-1, AWS-1, ENV-4).

An environment is a handful of stacks, split by what may be thrown away: the service can be destroyed and deployed again
without touching the data. They are deployed in the order in which they stand here.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import App, CfnOutput, Validations
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import naming
from constructs_lib.aws.base.keys import Key, KeyReplica
from constructs_lib.aws.data.archive import Archive
from constructs_lib.aws.data.backups import BackupPlan, Vault
from constructs_lib.aws.data.cache import Cache
from constructs_lib.aws.data.database import Database, DatabaseReplica
from constructs_lib.aws.data.rotation import RestartAfterRotation, Rotation
from constructs_lib.aws.data.secrets import OriginSecrets, Secrets
from constructs_lib.aws.data.storage import ReplicaStorage, Storage
from constructs_lib.aws.delivery.image_build import ImageBuild
from constructs_lib.aws.delivery.registry import Registry, ReleaseRecord, shared_repository
from constructs_lib.aws.edge.edge import Edge
from constructs_lib.aws.monitoring.alarms import Alarms, Observability
from constructs_lib.aws.monitoring.notifications import Notifications, deliveries
from constructs_lib.aws.monitoring.outside_check import OutsideCheck
from constructs_lib.aws.monitoring.rollback_alarms import RollbackAlarms
from constructs_lib.aws.monitoring.signals.cache import cache_nodes
from constructs_lib.aws.monitoring.signals.database import database, replica
from constructs_lib.aws.monitoring.signals.edge import cdn, certificates
from constructs_lib.aws.monitoring.signals.service import service_tasks
from constructs_lib.aws.monitoring.signals.users import users
from constructs_lib.aws.network.dns import Zone
from constructs_lib.aws.network.network import Network
from constructs_lib.aws.service.load_balancer import LoadBalancer
from constructs_lib.aws.service.scaling import Scaling
from constructs_lib.aws.service.service import Service
from constructs_lib.aws.service.task import CONTAINER, PORT, Task
from constructs_lib.aws.service.traffic import Traffic
from environments import Environment, Policy, RecoverySettings, example_values, find_size, select_environments
from stacks.aws.base import GoodiesStack

# CloudFront's certificate and firewall exist in no other region.
EDGE_REGION = "us-east-1"


class DeliveryStack(GoodiesStack):
    """``GoodiesDelivery``: where releases come from, for all environments."""

    def __init__(self, app: App, policy: Policy, environments: Sequence[Environment]) -> None:
        super().__init__(
            app,
            naming.stack("delivery"),
            purpose="Where releases come from",
            environment="shared",
            component="delivery",
            account=policy.account.aws_account_id,
            region=policy.regions.aws.primary.name,
            stateful=True,
        )
        self.registry = Registry(
            self,
            "Registry",
            policy=policy.images,
            copy_to_region=policy.regions.aws.recovery.name,
            pulled_from_accounts=[environment.account.aws_account_id for environment in environments],
        )
        ImageBuild(
            self,
            "ImageBuild",
            source=policy.account.repository,
            # One image serves all environments, so they have one architecture.
            architecture=environments[0].service.architecture,
            repository=self.registry.repository,
            log_days=policy.objects.logs_keep_days,
        )


class EnvironmentStack(GoodiesStack):
    """One part of an environment."""

    def __init__(
        self,
        app: App,
        environment: Environment,
        part: str,
        *,
        purpose: str,
        region: str,
        zones: Sequence[str] = (),
        stateful: bool = False,
    ) -> None:
        super().__init__(
            app,
            naming.stack(environment.name, part),
            purpose=purpose,
            environment=environment.name,
            component=part.lower() or "operations",
            account=environment.account.aws_account_id,
            region=region,
            zones=zones,
            stateful=stateful,
        )


class FoundationStack(EnvironmentStack):
    """What everything else is encrypted with, found under, and reports to."""

    def __init__(self, app: App, environment: Environment) -> None:
        region = environment.policy.regions.aws.primary
        super().__init__(
            app, environment, "Foundation", purpose="Key, name and receivers", region=region.name, stateful=True
        )
        self.key = Key(self, "Key", policy=environment.policy.security).key
        self.zone = Zone(self, "Zone", domain=environment.account.domain)
        self.notifications = _notifications(self, environment, self.key)
        CfnOutput(self, "NameServers", value=self.zone.name_servers, description="Delegate the domain to these")


class NetworkStack(EnvironmentStack):
    """The network of the primary region."""

    def __init__(self, app: App, environment: Environment, foundation: FoundationStack) -> None:
        region = environment.policy.regions.aws.primary
        super().__init__(
            app, environment, "Network", purpose="Subnets and their ways out", region=region.name, zones=region.zones
        )
        self.vpc = Network(self, "Network", settings=environment.network, zones=region.zones, key=foundation.key).vpc


class RecoveryStack(EnvironmentStack):
    """What must stand in the recovery region before anything can be copied to it."""

    def __init__(
        self, app: App, environment: Environment, settings: RecoverySettings, foundation: FoundationStack
    ) -> None:
        region = environment.policy.regions.aws.recovery
        super().__init__(
            app,
            environment,
            "Recovery",
            purpose="Where copies go",
            region=region.name,
            zones=region.zones,
            stateful=True,
        )
        policy = environment.policy
        self.key = KeyReplica(self, "Key", primary=foundation.key).key
        self.notifications = _notifications(self, environment, self.key)
        self.vpc = Network(self, "Network", settings=settings.network, zones=region.zones, key=self.key).vpc
        self.storage = ReplicaStorage(self, "Storage", policy=policy.objects, backup=policy.backup, key=self.key)
        self.vault = Vault(self, "Vault", lock=environment.vault_lock, policy=policy.backup, key=self.key).vault


class DataStack(EnvironmentStack):
    """Everything that holds state."""

    def __init__(
        self,
        app: App,
        environment: Environment,
        foundation: FoundationStack,
        network: NetworkStack,
        recovery: RecoveryStack | None,
    ) -> None:
        policy = environment.policy
        super().__init__(
            app,
            environment,
            "Data",
            purpose="Everything that holds state",
            region=policy.regions.aws.primary.name,
            stateful=True,
        )
        key = foundation.key
        copies = [secretsmanager.ReplicaRegion(region=recovery.region, encryption_key=recovery.key)] if recovery else []
        self.database = Database(
            self,
            "Database",
            settings=environment.database,
            size=environment.database_size,
            backup=policy.backup,
            vpc=network.vpc,
            key=key,
            replica_regions=copies,
        )
        Rotation(self, "Rotation", policy=policy.security, database=self.database, vpc=network.vpc, key=key)
        self.cache = Cache(
            self,
            "Cache",
            settings=environment.cache,
            size=environment.cache_size,
            vpc=network.vpc,
            key=key,
            replica_regions=copies,
        )
        self.storage = Storage(
            self,
            "Storage",
            policy=policy.objects,
            backup=policy.backup,
            key=key,
            replica=recovery.storage if recovery else None,
        )
        self.secrets = Secrets(
            self, "Secrets", prefix=naming.path_prefix(environment.name), key=key, replica_regions=copies
        )
        self.origin_secrets = OriginSecrets(
            self,
            "OriginSecrets",
            generation=environment.edge.origin_secret_generation,
            key=key,
            replica_regions=copies,
        )
        self.release = ReleaseRecord(self, "Release", parameter_name=naming.release_parameter(environment.name))
        vault = Vault(self, "Vault", lock=environment.vault_lock, policy=policy.backup, key=key).vault
        BackupPlan(
            self,
            "Backups",
            policy=policy.backup,
            vault=vault,
            copies=recovery.vault if recovery else None,
            database=self.database.instance,
        )
        Archive(
            self,
            "Archive",
            policy=policy.backup,
            database=self.database.instance,
            bucket=self.storage.backups,
            key=key,
        )
        CfnOutput(self, "DatabaseEndpoint", value=self.database.endpoint)
        CfnOutput(self, "CacheEndpoint", value=self.cache.endpoint)


class ServiceStack(EnvironmentStack):
    """What runs; it can be destroyed and deployed again."""

    def __init__(
        self, app: App, environment: Environment, foundation: FoundationStack, network: NetworkStack, data: DataStack
    ) -> None:
        policy = environment.policy
        super().__init__(app, environment, "Service", purpose="What runs", region=policy.regions.aws.primary.name)
        settings = environment.service
        self.entrance = LoadBalancer(
            self,
            "Entrance",
            vpc=network.vpc,
            zone=foundation.zone.zone,
            domain=environment.account.domain,
            cdn_prefix_list=policy.regions.aws.primary.cdn_prefix_list,
            secrets=data.origin_secrets.accepted,
            deletion_protection=settings.deletion_protection,
            two_colors=settings.deployment == "blue_green",
            port=PORT,
            logs=data.storage.logs,
        )
        task = Task(
            self,
            "Task",
            settings=settings,
            size=environment.service_size,
            image=shared_repository(
                self, "Images", account=policy.account.aws_account_id, region=policy.regions.aws.primary.name
            ),
            release_parameter=data.release.parameter_name,
            database=data.database,
            database_name=environment.database.name,
            cache=data.cache,
            secrets=data.secrets,
            key=foundation.key,
        )
        cluster_name = naming.cluster(environment.name)
        self.traffic = Traffic(self.entrance, minimum_requests=policy.alarms.minimum_requests)
        rollback = RollbackAlarms(
            self,
            "Rollback",
            name=naming.stack(environment.name),
            policy=policy.alarms,
            traffic=self.traffic,
            cluster_name=cluster_name,
            service_name=CONTAINER,
        )
        self.service = Service(
            self,
            "Service",
            settings=settings,
            cluster_name=cluster_name,
            vpc=network.vpc,
            task=task,
            entrance=self.entrance,
            rollback_alarms=rollback.names,
        )
        self.service.service.node.add_dependency(rollback)
        self.service.connections.allow_to_default_port(data.database.connections, "Tasks to database")
        self.service.connections.allow_to_default_port(data.cache.connections, "Tasks to cache")
        Scaling(self, "Scaling", policy=policy.scaling, task=task, service=self.service, traffic=self.traffic)
        RestartAfterRotation(
            self,
            "Restart",
            policy=policy.security,
            secret=data.database.secret,
            service=self.service.service,
            key=foundation.key,
        )
        self.add_stack_dependency(data)


class EdgeStack(EnvironmentStack):
    """What the internet sees."""

    def __init__(
        self, app: App, environment: Environment, foundation: FoundationStack, data: DataStack, service: ServiceStack
    ) -> None:
        super().__init__(app, environment, "Edge", purpose="What the internet sees", region=EDGE_REGION)
        self.edge = Edge(
            self,
            "Edge",
            settings=environment.edge,
            name=naming.stack(environment.name),
            zone=foundation.zone.zone,
            domain=environment.account.domain,
            origin_host=service.entrance.host,
            origin_secret=data.origin_secrets.present,
            assets=data.storage.assets,
            logs=data.storage.logs,
            key=foundation.key,
        )
        Alarms(
            self,
            "Alarms",
            name=naming.stack(environment.name),
            sections=[certificates(certificates={"Cdn": self.edge.certificate}, alarms=environment.policy.alarms)],
            notifications=foundation.notifications,
        )
        # The load balancer accepts the next secret before the CDN sends it.
        self.add_stack_dependency(service)
        CfnOutput(self, "Url", value=f"https://{self.edge.host}")


class StandbyStack(EnvironmentStack):
    """What follows the data in the recovery region."""

    def __init__(
        self,
        app: App,
        environment: Environment,
        settings: RecoverySettings,
        recovery: RecoveryStack,
        data: DataStack,
    ) -> None:
        super().__init__(
            app, environment, "Standby", purpose="The database's copy", region=recovery.region, stateful=True
        )
        self.database = DatabaseReplica(
            self,
            "Database",
            source=data.database.instance,
            settings=environment.database,
            size=find_size(environment.policy.sizes.database, settings.database_size),
            vpc=recovery.vpc,
            key=recovery.key,
        )
        policy = environment.policy
        Alarms(
            self,
            "Alarms",
            name=naming.stack(environment.name),
            sections=[
                replica(instance=self.database.instance, rpo_minutes=policy.backup.rpo_minutes, alarms=policy.alarms)
            ],
            notifications=recovery.notifications,
        )
        CfnOutput(self, "DatabaseEndpoint", value=self.database.endpoint)


class OperationsStack(EnvironmentStack):
    """The environment as a whole: what an operator looks at. It depends on all the others."""

    def __init__(
        self,
        app: App,
        environment: Environment,
        *,
        foundation: FoundationStack,
        data: DataStack,
        service: ServiceStack,
        edge: EdgeStack,
    ) -> None:
        policy = environment.policy
        super().__init__(
            app,
            environment,
            "",
            purpose=f"The environment {environment.name}",
            region=policy.regions.aws.primary.name,
        )
        examples = example_values(environment)
        if examples:
            # An annotation would add a stack trace, and with it the paths of the machine that synthesizes.
            self.node.add_metadata(
                "aws:cdk:info", f"Example values, good for the embedded cloud only: {', '.join(examples)}"
            )
        check = None
        if environment.outside_check:
            check = OutsideCheck(
                self,
                "OutsideCheck",
                name=naming.canary(environment.name),
                url=f"https://{edge.edge.host}",
                policy=policy.alarms,
                signing_secret=data.secrets.jwt,
                storage=data.storage,
                key=foundation.key,
            )
        resize = f"make resize ENV={environment.name} WHAT="
        observability = Observability(
            self,
            "Observability",
            name=naming.stack(environment.name),
            sections=[
                users(
                    traffic=service.traffic,
                    check=check,
                    alarms=policy.alarms,
                    scaling=policy.scaling,
                ),
                service_tasks(
                    service=service.service.service,
                    alarms=policy.alarms,
                    growth=policy.growth,
                    resize=f"{resize}service",
                ),
                database(
                    instance=data.database.instance,
                    settings=environment.database,
                    size=environment.database_size,
                    alarms=policy.alarms,
                    growth=policy.growth,
                    resize=f"{resize}database",
                ),
                cache_nodes(cache=data.cache, growth=policy.growth, resize=f"{resize}cache"),
                cdn(distribution=edge.edge.distribution, region=EDGE_REGION),
                certificates(certificates={"LoadBalancer": service.entrance.certificate}, alarms=policy.alarms),
            ],
            notifications=foundation.notifications,
        )
        CfnOutput(self, "Dashboard", value=observability.dashboard_name)


def _notifications(stack: EnvironmentStack, environment: Environment, key: kms.IKey) -> Notifications:
    """Add the topics of a region, and what notices that they reach nobody."""
    name = naming.stack(environment.name)
    notifications = Notifications(stack, "Notifications", name=name, receivers=environment.account.receivers, key=key)
    Alarms(stack, "Unreachable", name=name, sections=[deliveries(notifications)], notifications=notifications)
    return notifications


def add_environment(app: App, environment: Environment) -> None:
    """Add an environment's stacks; deploying the last of them, ``Goodies<Name>``, deploys all."""
    settings = environment.recovery
    foundation = FoundationStack(app, environment)
    network = NetworkStack(app, environment, foundation)
    recovery = RecoveryStack(app, environment, settings, foundation) if settings else None
    data = DataStack(app, environment, foundation, network, recovery)
    service = ServiceStack(app, environment, foundation, network, data)
    edge = EdgeStack(app, environment, foundation, data, service)
    operations = OperationsStack(app, environment, foundation=foundation, data=data, service=service, edge=edge)
    if settings and recovery:
        operations.add_stack_dependency(StandbyStack(app, environment, settings, recovery, data))


def _check(app: App) -> None:
    # Imported here, because the edit loop does without it and should not wait for it.
    from cdk_nag import AwsSolutionsChecks, ServerlessChecks  # noqa: PLC0415

    Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())


def _add_accounts(app: App, environments: Sequence[Environment]) -> None:
    # Imported here, because one environment does without it: a tenth of what is imported is for the accounts.
    from stacks.aws.account import add_accounts  # noqa: PLC0415

    add_accounts(app, environments)


def build(environments: Sequence[Environment], *, context: Mapping[str, object] | None = None) -> App:
    """Return the application with every environment and what they share.

    ``--context environments=prod`` or ``=dev,staging`` takes those only, without the account's stacks.
    ``--context unchecked=yes`` leaves cdk-nag out, for the edit loop.

    Args:
        environments: all of them.
        context: the feature flags, where the CDK's CLI does not hand them over.
    """
    app = App(context=context)
    if not app.node.try_get_context("unchecked"):
        _check(app)
    DeliveryStack(app, environments[0].policy, environments)
    only = app.node.try_get_context("environments")
    if not only:
        _add_accounts(app, environments)
    for environment in select_environments(environments, only):
        add_environment(app, environment)
    return app

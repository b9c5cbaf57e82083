"""The environments on Google Cloud (ARC-1, GCP-1, ENV-4).

An environment is one stack, complete, so that ``cdktf deploy gcp-staging`` deploys all of it. What holds state in it
refuses to be destroyed.
"""

import constructs_lib.gcp  # noqa: F401 - before jsii and the providers, which it makes quick to import

# isort: split
from collections.abc import Sequence

from cdktf import App, TerraformOutput, TerraformVariable

from constructs_lib import naming
from constructs_lib.gcp.account.audit import AuditRecords
from constructs_lib.gcp.account.compliance import Compliance
from constructs_lib.gcp.account.detection import Detection
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.base.logs import Logs
from constructs_lib.gcp.data import database as postgresql
from constructs_lib.gcp.data.archive import Archive
from constructs_lib.gcp.data.cache import Cache
from constructs_lib.gcp.data.database import Database, DatabaseReplica
from constructs_lib.gcp.data.secrets import SecretReplication, Secrets
from constructs_lib.gcp.data.storage import Placement, Storage
from constructs_lib.gcp.delivery.registry import Puller
from constructs_lib.gcp.edge.edge import Edge
from constructs_lib.gcp.monitoring.alarms import Observability
from constructs_lib.gcp.monitoring.notifications import Notifications
from constructs_lib.gcp.monitoring.outside_check import OutsideCheck
from constructs_lib.gcp.monitoring.rollback_alarms import RollbackAlarms
from constructs_lib.gcp.monitoring.signals.cache import cache_nodes
from constructs_lib.gcp.monitoring.signals.database import database, replica
from constructs_lib.gcp.monitoring.signals.edge import cdn, certificates
from constructs_lib.gcp.monitoring.signals.service import service_tasks
from constructs_lib.gcp.monitoring.signals.users import users
from constructs_lib.gcp.network.connections import Connections
from constructs_lib.gcp.network.dns import Zone
from constructs_lib.gcp.network.google_apis import GoogleApis
from constructs_lib.gcp.network.network import Network, PrivateServices, RegionNetwork
from constructs_lib.gcp.service.cluster import Cluster
from constructs_lib.gcp.service.endpoints import Endpoints
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.gcp.service.rollback import Undo
from constructs_lib.gcp.service.scaling import Scaling
from constructs_lib.gcp.service.service import NO_RELEASE, Service
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.kubernetes.container import CONTAINER, HEALTH_PATH, PORT
from environments import (
    Environment,
    EnvironmentsError,
    InputError,
    SharedGcpAccount,
    find_size,
    select_environments,
)
from stacks.gcp.account import SharedStack
from stacks.gcp.base import GoodiesTerraformStack


class EnvironmentStack(GoodiesTerraformStack):
    """``gcp-<name>``: an environment, in both regions."""

    def __init__(self, app: App, environment: Environment, *, project: str, shared: SharedGcpAccount) -> None:
        policy = environment.policy
        super().__init__(
            app,
            naming.terraform_stack("gcp", environment.name),
            environment=environment.name,
            component="environment",
            project=project,
            region=policy.regions.gcp.primary.name,
            state_project=shared.project,
        )
        self._encrypt(environment)
        self._record(environment, project)
        self._connect(environment)
        self._keep_data(environment, project)
        self._serve(environment, shared.project)
        self._watch(environment)
        self._account(environment, project, shared)

    def _encrypt(self, environment: Environment) -> None:
        """One key for each location in which something is stored."""
        policy = environment.policy
        regions = policy.regions.gcp

        def key(construct_id: str, location: str) -> Key:
            return Key(self, construct_id, policy=policy.security, location=location, project=self.project)

        self.key = key("Key", regions.primary.name)
        self.placement = Placement(regions.primary.name, regions.recovery.name if environment.recovery else None)
        self.recovery_key = key("RecoveryKey", regions.recovery.name) if environment.recovery else None
        self.bucket_key = key("BucketKey", self.placement.key_location) if environment.recovery else self.key

    def _record(self, environment: Environment, project: str) -> None:
        Logs(
            self,
            "Logs",
            days={
                "network": environment.network.flow_log_days,
                "database": environment.database.log_days,
                "cache": environment.cache.log_days,
                "service": environment.service.log_days,
                "edge": environment.edge.log_days,
            },
            region=environment.policy.regions.gcp.primary.name,
            project=project,
            key=self.key,
        )

    def _connect(self, environment: Environment) -> None:
        regions = environment.policy.regions.gcp
        self.network = Network(self, "Network")
        self.region = RegionNetwork(
            self, "Primary", settings=environment.network, region=regions.primary.name, network=self.network
        )
        self.recovery_region = (
            RegionNetwork(
                self,
                "Recovery",
                settings=environment.recovery.network,
                region=regions.recovery.name,
                network=self.network,
            )
            if environment.recovery
            else None
        )
        self.connections = Connections(self, "Connections", network=self.network)
        GoogleApis(self, "GoogleApis", network=self.network)
        self.door = PrivateServices(
            self,
            "PrivateServices",
            network=self.network,
            regions=[region for region in (self.region, self.recovery_region) if region],
        )

    def _keep_data(self, environment: Environment, project: str) -> None:
        policy = environment.policy
        regions = policy.regions.gcp
        replication = SecretReplication(
            self, "SecretReplication", keys=[key for key in (self.key, self.recovery_key) if key]
        )
        self.database = Database(
            self,
            "Database",
            settings=environment.database,
            size=environment.database_size,
            backup=policy.backup,
            backup_region=regions.recovery.name if environment.recovery else regions.primary.name,
            region=self.region,
            door=self.door,
            key=self.key,
            replication=replication,
        )
        self.cache = Cache(
            self,
            "Cache",
            settings=environment.cache,
            size=environment.cache_size,
            backup=policy.backup,
            region=self.region,
            door=self.door,
            project=project,
            key=self.key,
            replication=replication,
        )
        self.storage = Storage(
            self,
            "Storage",
            project=project,
            placement=self.placement,
            policy=policy.objects,
            backup=policy.backup,
            lock=environment.vault_lock,
            key=self.bucket_key,
        )
        self.secrets = Secrets(self, "Secrets", replication=replication)
        Archive(
            self,
            "Archive",
            policy=policy.backup,
            region=regions.primary.name,
            project=self.project,
            database=self.database.instance,
            database_name=environment.database.name,
            bucket=self.storage.backups,
            key=self.key,
        )
        if environment.recovery and self.recovery_region and self.recovery_key:
            self.replica = DatabaseReplica(
                self,
                "Replica",
                source=self.database.instance,
                settings=environment.database,
                size=find_size(policy.sizes.database, environment.recovery.database_size),
                region=self.recovery_region,
                door=self.door,
                key=self.recovery_key,
            )

    def _serve(self, environment: Environment, shared_project: str) -> None:
        policy = environment.policy
        regions = policy.regions.gcp
        registry = naming.gcp_registry(
            shared_project, Placement(regions.primary.name, regions.recovery.name).key_location
        )
        third_parties = f"{registry}/{naming.GHCR}"
        release = TerraformVariable(
            self,
            "release",
            type="string",
            default=NO_RELEASE,
            nullable=False,
            description="Tag of the image that a service without one starts with",
        )
        zone = Zone(self, "Zone", domain=environment.account.domain)
        self.edge = Edge(
            self,
            "Edge",
            settings=environment.edge,
            zone=zone,
            domain=environment.account.domain,
            health_path=HEALTH_PATH,
            assets=self.storage.assets,
            project=self.project,
        )
        self.traffic = Traffic(project=self.project.project_id, backend=self.edge.api.name)
        self.cluster = Cluster(
            self,
            "Cluster",
            name=naming.cluster(environment.name),
            region=self.region,
            connections=self.connections,
            service_port=PORT,
            data_ports=[postgresql.PORT, self.cache.port],
            registry=registry,
            deletion_protection=environment.service.deletion_protection,
            key=self.key,
            project=self.project,
        )
        self.service = Service(
            self,
            "Service",
            settings=environment.service,
            size=environment.service_size,
            min_instances=policy.scaling.min_instances,
            cluster=self.cluster,
            edge=self.edge,
            release=release,
            image=f"{registry}/{naming.repository('funkygibbon')}",
            database=self.database,
            database_name=environment.database.name,
            cache=self.cache,
            secrets=self.secrets,
        )
        Endpoints(
            self,
            "Endpoints",
            cluster=self.cluster,
            registry=third_parties,
            namespace=self.service.namespace,
            project=self.project.project_id,
        )
        Scaling(
            self,
            "Scaling",
            policy=policy.scaling,
            cluster=self.cluster,
            service=self.service,
            traffic=self.traffic,
            project=self.project.project_id,
            registry=third_parties,
        )
        self.undo = Undo(
            self,
            "Undo",
            settings=environment.service,
            cluster=self.cluster,
            service=self.service,
            region=self.region.name,
            project=self.project,
            key=self.key,
        )
        TerraformOutput(self, "Url", value=f"https://{self.edge.host}")
        TerraformOutput(self, "NameServers", value=zone.name_servers)
        TerraformOutput(self, "DelegationSigner", value=zone.delegation_signer)

    def _watch(self, environment: Environment) -> None:
        """Sections of signals, from users down to data; each becomes a row of the dashboard and its alarms."""
        policy, name = environment.policy, naming.stack(environment.name)
        alarms, growth = policy.alarms, policy.growth
        self.notifications = Notifications(self, "Notifications", name=name, receivers=environment.account.receivers)
        pods = Pods(cluster=naming.cluster(environment.name), namespace=naming.PROJECT, name=CONTAINER)
        check = (
            OutsideCheck(
                self,
                "OutsideCheck",
                name=naming.canary(environment.name),
                host=self.edge.host,
                health_path=HEALTH_PATH,
                policy=alarms,
                project=self.project,
            )
            if environment.outside_check
            else None
        )

        def resize(what: str) -> str:
            return f"make resize ENV={environment.name} WHAT={what}"

        sections = [
            users(traffic=self.traffic, pods=pods, check=check, alarms=alarms, scaling=policy.scaling),
            service_tasks(pods=pods, alarms=alarms, growth=growth, resize=resize("service")),
            database(
                instance=self.database.instance,
                size=environment.database_size,
                alarms=alarms,
                growth=growth,
                resize=resize("database"),
            ),
            cache_nodes(instance=self.cache.instance, growth=growth, resize=resize("cache")),
            cdn(routes=self.edge.routes.name),
        ]
        if check:
            sections.append(certificates(check=check, alarms=alarms))
        if environment.recovery:
            sections.append(
                replica(instance=self.replica.instance, rpo_minutes=policy.backup.rpo_minutes, alarms=alarms)
            )
        observability = Observability(
            self, "Observability", name=name, sections=sections, notifications=self.notifications
        )
        RollbackAlarms(
            self,
            "Rollback",
            name=name,
            policy=alarms,
            traffic=self.traffic,
            pods=pods,
            undo=self.undo.channel,
        )
        TerraformOutput(self, "Dashboard", value=observability.dashboard_name)

    def _account(self, environment: Environment, project: str, shared: SharedGcpAccount) -> None:
        """What the project tells the shared one, and may take from it."""
        regions = environment.policy.regions.gcp
        Puller(
            self,
            "Images",
            project=shared.project,
            location=Placement(regions.primary.name, regions.recovery.name).key_location,
            member=self.cluster.nodes.member,
        )
        AuditRecords(self, "Records", project=project, trail_project=shared.project, region=regions.primary.name)
        Detection(self, "Detection", name=naming.stack(environment.name), notifications=self.notifications)
        if shared.organization:
            Compliance(self, "Compliance", project=project, regions=regions)


def build(environments: Sequence[Environment]) -> App:
    """Return the application with every environment and what they share.

    ``CDKTF_CONTEXT_JSON='{"environments": "prod"}'`` takes that environment only, without what they share.

    Raises:
        EnvironmentsError: when a file names no project of Google Cloud.
    """
    policy = environments[0].policy
    shared = policy.account.gcp
    findings = [
        InputError(f"environments/{name}.yaml", None, "account.gcp.project", "nothing", "the project to deploy to")
        for name, account in [("policy", shared), *((item.name, item.account.gcp) for item in environments)]
        if account is None
    ]
    if shared is None or findings:
        raise EnvironmentsError(findings)
    # CDKTF's validation asks the `terraform` binary for its version, which only a real project needs; the bytes are the
    # same without.
    app = App(skip_validation=True)
    only = app.node.try_get_context("environments")
    if not only:
        SharedStack(app, policy, account=shared, environments=environments)
    for environment in select_environments(environments, only):
        if environment.account.gcp:
            EnvironmentStack(app, environment, project=environment.account.gcp.project, shared=shared)
    return app

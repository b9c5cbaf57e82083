"""The environments on Google Cloud (ARC-1, GCP-1, ENV-4).

An environment is one stack, complete, so that ``cdktf deploy gcp-staging`` deploys all of it. What holds state in it
refuses to be destroyed.
"""

import constructs_lib.gcp  # noqa: F401 - before jsii and the providers, which it makes quick to import

# isort: split
from collections.abc import Sequence

from cdktf import App, TerraformOutput, TerraformVariable

from constructs_lib import naming
from constructs_lib.gcp import database as postgresql
from constructs_lib.gcp.archive import Archive
from constructs_lib.gcp.cache import Cache
from constructs_lib.gcp.cluster import Cluster
from constructs_lib.gcp.connections import Connections
from constructs_lib.gcp.database import Database, DatabaseReplica
from constructs_lib.gcp.dns import Zone
from constructs_lib.gcp.edge import Edge
from constructs_lib.gcp.endpoints import Endpoints
from constructs_lib.gcp.google_apis import GoogleApis
from constructs_lib.gcp.network import Network, PrivateServices, RegionNetwork
from constructs_lib.gcp.scaling import Scaling
from constructs_lib.gcp.secrets import SecretReplication, Secrets
from constructs_lib.gcp.security import Key
from constructs_lib.gcp.service import NO_RELEASE, Service
from constructs_lib.gcp.storage import Placement, Storage
from constructs_lib.gcp.traffic import Traffic
from constructs_lib.kubernetes.container import HEALTH_PATH, PORT
from environments import Environment, Policy, chosen, rung
from environments.findings import EnvironmentsError, Finding
from stacks.gcp_stack import GoodiesTerraformStack


class SharedStack(GoodiesTerraformStack):
    """``gcp-shared``: what belongs to no environment."""

    def __init__(self, app: App, policy: Policy, *, project: str) -> None:
        super().__init__(
            app,
            naming.terraform_stack("gcp", "shared"),
            environment="shared",
            component="delivery",
            project=project,
            region=policy.regions.gcp.primary.name,
            state_project=project,
        )


class EnvironmentStack(GoodiesTerraformStack):
    """``gcp-<name>``: an environment, in both regions."""

    def __init__(self, app: App, environment: Environment, *, project: str, shared_project: str) -> None:
        policy = environment.policy
        super().__init__(
            app,
            naming.terraform_stack("gcp", environment.name),
            environment=environment.name,
            component="environment",
            project=project,
            region=policy.regions.gcp.primary.name,
            state_project=shared_project,
        )
        self._encrypt(environment)
        self._connect(environment)
        self._keep_data(environment, project)
        self._serve(environment, shared_project)

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
                size=rung(policy.sizes.database, environment.recovery.database_size),
                region=self.recovery_region,
                door=self.door,
                key=self.recovery_key,
            )

    def _serve(self, environment: Environment, shared_project: str) -> None:
        policy = environment.policy
        registry = naming.gcp_registry(shared_project)
        third_parties = f"{registry}/{naming.GHCR}"
        release = TerraformVariable(
            self,
            "release",
            type="string",
            default=NO_RELEASE,
            nullable=False,
            description="Tag of the image that a service without one starts with",
        )
        release.override_logical_id("release")
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
        cluster = Cluster(
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
        service = Service(
            self,
            "Service",
            settings=environment.service,
            size=environment.service_size,
            min_instances=policy.scaling.min_instances,
            cluster=cluster,
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
            cluster=cluster,
            registry=third_parties,
            namespace=service.namespace,
            project=self.project.project_id,
        )
        Scaling(
            self,
            "Scaling",
            policy=policy.scaling,
            cluster=cluster,
            service=service,
            traffic=Traffic(project=self.project.project_id, backend=self.edge.api.name),
            project=self.project.project_id,
            registry=third_parties,
        )
        TerraformOutput(self, "Url", value=f"https://{self.edge.host}")
        TerraformOutput(self, "NameServers", value=zone.name_servers)
        TerraformOutput(self, "DelegationSigner", value=zone.delegation_signer)


def build(environments: Sequence[Environment]) -> App:
    """Return the application with every environment and what they share.

    ``CDKTF_CONTEXT_JSON='{"environments": "prod"}'`` takes that environment only, without what they share.

    Raises:
        EnvironmentsError: when a file names no project of Google Cloud.
    """
    policy = environments[0].policy
    shared = policy.account.gcp
    findings = [
        Finding(f"environments/{name}.yaml", None, "account.gcp.project", "nothing", "the project to deploy to")
        for name, account in [("policy", shared), *((item.name, item.account.gcp) for item in environments)]
        if account is None
    ]
    if shared is None or findings:
        raise EnvironmentsError(findings)
    app = App()
    only = app.node.try_get_context("environments")
    if not only:
        SharedStack(app, policy, project=shared.project)
    for environment in chosen(environments, only):
        if environment.account.gcp:
            EnvironmentStack(app, environment, project=environment.account.gcp.project, shared_project=shared.project)
    return app

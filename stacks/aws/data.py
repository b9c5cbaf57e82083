"""Data stack of an environment: all stateful resources (AWS-4, AWS-5, AWS-6, AWS-10, DR-1 to DR-4)."""

from aws_cdk import App, CfnOutput
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import naming
from constructs_lib.aws.data.archive import Archive
from constructs_lib.aws.data.backups import BackupPlan, RestoreTest, Vault
from constructs_lib.aws.data.cache import Cache
from constructs_lib.aws.data.database import Database
from constructs_lib.aws.data.rotation import Rotation
from constructs_lib.aws.data.secrets import OriginSecrets, Secrets
from constructs_lib.aws.data.storage import Storage
from constructs_lib.aws.delivery.registry import ReleaseRecord
from environments import Environment
from stacks.aws.base import EnvironmentStack
from stacks.aws.foundation import EDGE_REGION, EdgeFoundationStack, FoundationStack
from stacks.aws.network import NetworkStack
from stacks.aws.recovery import RecoveryStack


class DataStack(EnvironmentStack):
    """Stack of all stateful resources; it refuses to be deleted.

    Attributes:
        database: PostgreSQL; its passwords rotate.
        cache: Redis or Valkey.
        storage: buckets.
        secrets: secrets of the service.
        origin_secrets: shared by CDN and load balancer.
        release: parameter that records the release to deploy.
        running: parameter that records the release of the last deployment that succeeded.
        urgent: parameter that records which release is urgent, and why.
        refusal: parameter that records which release was refused last, and why.
        vault: backup vault of the database.
        archive: monthly archive of the database.
    """

    def __init__(
        self,
        app: App,
        environment: Environment,
        *,
        foundation: FoundationStack,
        network: NetworkStack,
        recovery: RecoveryStack | None,
        edge_foundation: FoundationStack | RecoveryStack | EdgeFoundationStack,
    ) -> None:
        policy = environment.policy
        super().__init__(
            app,
            environment,
            "Data",
            purpose="Stateful resources: database, cache, buckets and secrets",
            region=policy.regions.aws.primary.name,
            stateful=True,
        )
        key = foundation.key
        replicas = (
            [secretsmanager.ReplicaRegion(region=recovery.region, encryption_key=recovery.key)] if recovery else []
        )
        self.database = Database(
            self,
            "Database",
            identifier=naming.database(environment.name),
            settings=environment.database,
            size=environment.database_size,
            backup=policy.backup,
            vpc=network.vpc,
            key=key,
            replica_regions=replicas,
        )
        Rotation(
            self,
            "Rotation",
            policy=policy.security,
            database=self.database,
            vpc=network.vpc,
            key=key,
            replica_keys=[recovery.key] if recovery else [],
        )
        self.cache = Cache(
            self,
            "Cache",
            settings=environment.cache,
            size=environment.cache_size,
            vpc=network.vpc,
            key=key,
            replica_regions=replicas,
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
            self,
            "Secrets",
            prefix=naming.path_prefix(environment.name),
            application=environment.service.secrets,
            key=key,
            replica_regions=replicas,
        )
        # The CDN's region may be a third one.
        at_the_edge = [secretsmanager.ReplicaRegion(region=EDGE_REGION, encryption_key=edge_foundation.key)]
        known = {self.region, *(replica.region for replica in replicas)}
        self.origin_secrets = OriginSecrets(
            self,
            "OriginSecrets",
            key=key,
            replica_regions=replicas if EDGE_REGION in known else [*replicas, *at_the_edge],
        )
        runs = "Release that the environment runs"
        self.release = ReleaseRecord(
            self, "Release", parameter_name=naming.release_parameter(environment.name), description=runs
        )
        self.running = ReleaseRecord(
            self, "Running", parameter_name=naming.running_parameter(environment.name), description=runs
        )
        self.urgent = ReleaseRecord(
            self,
            "Urgent",
            parameter_name=naming.urgent_parameter(environment.name),
            description="Release that is deployed although a rollback alarm is on, and the reason",
        )
        self.refusal = ReleaseRecord(
            self,
            "Refusal",
            parameter_name=naming.refusal_parameter(environment.name),
            description="Release that was refused last, and the reason",
        )
        self.vault = Vault(self, "Vault", lock=environment.vault_lock, policy=policy.backup, key=key).vault
        BackupPlan(
            self,
            "Backups",
            policy=policy.backup,
            vault=self.vault,
            copies=recovery.vault if recovery else None,
            database=self.database.instance,
        )
        RestoreTest(
            self,
            "RestoreTest",
            name=naming.restore_test(environment.name),
            policy=policy.backup,
            size=policy.sizes.database[0],
            vault=self.vault,
            database=self.database.instance,
            vpc=network.vpc,
        )
        self.archive = Archive(
            self,
            "Archive",
            policy=policy.backup,
            database=self.database.instance,
            bucket=self.storage.backups,
            key=key,
        )
        CfnOutput(self, "DatabaseEndpoint", value=self.database.endpoint)
        CfnOutput(self, "CacheEndpoint", value=self.cache.endpoint)

"""Stacks of an environment in its recovery region: key, replication targets, database replica (DR-3, DR-8, DR-12).

Three, because of the order of deployment: the Data stack replicates to buckets and a vault of the Recovery stack, and
the replica of the Standby stack needs the database of the Data stack. The key stands alone.
"""

from collections.abc import Mapping

from aws_cdk import App, CfnOutput
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3

from constructs_lib import naming
from constructs_lib.aws.data.backups import Vault, restore_role
from constructs_lib.aws.data.database import DatabaseReplica
from constructs_lib.aws.data.storage import ReplicaStorage
from constructs_lib.aws.monitoring.alarms import Alarms
from constructs_lib.aws.monitoring.metrics.backups import replication_seconds
from constructs_lib.aws.monitoring.metrics.database import replica_lag
from constructs_lib.aws.network.network import Network
from constructs_lib.signals.backups import replication_lag
from constructs_lib.signals.database import replica
from environments import Environment, RecoverySettings, find_size
from stacks.aws.base import EnvironmentStack
from stacks.aws.foundation import FoundationStack, KeyReplicaStack, add_notifications


class RecoveryStack(EnvironmentStack):
    """Network, buckets and backup vault of the recovery region, which must exist before anything is copied there.

    Attributes:
        key: replica of the environment's key.
        notifications: the topics of the recovery region.
        vpc: ready to run the service.
        storage: replication targets of the environment's buckets.
        vault: receives copies of the backups.
    """

    def __init__(
        self, app: App, environment: Environment, *, settings: RecoverySettings, foundation: FoundationStack
    ) -> None:
        region = environment.policy.regions.aws.recovery
        super().__init__(
            app,
            environment,
            "Recovery",
            purpose="Recovery: copies of buckets and backups",
            region=region.name,
            zones=region.zones,
            stateful=True,
        )
        policy = environment.policy
        self.key = KeyReplicaStack(app, environment, "RecoveryKey", region=region.name, foundation=foundation).key
        self.notifications = add_notifications(self, environment=environment, key=self.key)
        self.vpc = Network(self, "Network", settings=settings.network, zones=region.zones, key=self.key).vpc
        self.storage = ReplicaStorage(self, "Storage", policy=policy.objects, backup=policy.backup, key=self.key)
        self.vault = Vault(self, "Vault", lock=environment.vault_lock, policy=policy.backup, key=self.key).vault
        restore_role(self, "RestoreRole")


class StandbyStack(EnvironmentStack):
    """The database replica in the recovery region, and the alarms on its lag and on that of the buckets' copies.

    Args:
        source: database of the primary region.
        replicated: source and destination of each replicated bucket, by name.
    """

    def __init__(
        self,
        app: App,
        environment: Environment,
        *,
        settings: RecoverySettings,
        recovery: RecoveryStack,
        source: rds.IDatabaseInstance,
        replicated: Mapping[str, tuple[s3.IBucket, s3.IBucket]],
    ) -> None:
        super().__init__(
            app,
            environment,
            "Standby",
            purpose="Standby: read replica of the database",
            region=recovery.region,
            stateful=True,
        )
        database = DatabaseReplica(
            self,
            "Database",
            source=source,
            identifier=naming.database(environment.name),
            settings=environment.database,
            size=find_size(environment.policy.sizes.database, settings.database_size),
            backup=environment.policy.backup,
            vpc=recovery.vpc,
            key=recovery.key,
        )
        policy = environment.policy
        Alarms(
            self,
            "Alarms",
            name=naming.stack(environment.name),
            sections=[
                replica(replica_lag(database.instance), rpo_minutes=policy.backup.rpo_minutes, alarms=policy.alarms),
                replication_lag(replication_seconds(replicated), policy=policy.backup),
            ],
            notifications=recovery.notifications,
        )
        CfnOutput(self, "DatabaseEndpoint", value=database.endpoint)

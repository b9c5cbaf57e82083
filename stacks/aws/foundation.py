"""Foundation stacks of an environment: encryption key, DNS zone and notification topics (SEC-5, AWS-8, MON-7)."""

from aws_cdk import App, CfnOutput
from aws_cdk import aws_kms as kms

from constructs_lib import naming
from constructs_lib.aws.base.keys import Key, KeyReplica
from constructs_lib.aws.monitoring.alarms import Alarms
from constructs_lib.aws.monitoring.notifications import Notifications, deliveries
from constructs_lib.aws.monitoring.receivers import ReceiverCheck
from constructs_lib.aws.network.dns import Zone
from environments import Environment
from stacks.aws.base import EnvironmentStack

# Certificate, web ACL and metrics of CloudFront exist in no other region.
EDGE_REGION = "us-east-1"


class FoundationStack(EnvironmentStack):
    """Encryption key, DNS zone and notification topics, which all other stacks of an environment use.

    Attributes:
        key: encrypts everything in the primary region.
        zone: of the environment's domain.
        notifications: the topics of the primary region.
    """

    def __init__(self, app: App, environment: Environment) -> None:
        region = environment.policy.regions.aws.primary
        super().__init__(
            app,
            environment,
            "Foundation",
            purpose="Foundation: key, DNS zone and notifications",
            region=region.name,
            stateful=True,
        )
        self.key = Key(self, "Key", policy=environment.policy.security).key
        self.zone = Zone(self, "Zone", domain=environment.account.domain)
        self.notifications = add_notifications(self, environment=environment, key=self.key)
        CfnOutput(
            self, "NameServers", value=self.zone.name_servers, description="Name servers to delegate the domain to"
        )


class KeyReplicaStack(EnvironmentStack):
    """The replica of the environment's key, with nothing beside it whose failure would roll it back.

    A key has one replica in a region, also while that one waits a week or more for its deletion (ReplicateKey, AWS KMS
    API reference): a create that failed after it could not be tried again before.

    Args:
        part: end of the stack's name.
        region: region of the replica.

    Attributes:
        key: replica of the environment's key.
    """

    def __init__(
        self, app: App, environment: Environment, part: str, *, region: str, foundation: FoundationStack
    ) -> None:
        super().__init__(
            app,
            environment,
            part,
            purpose="Replica of the key in another region",
            region=region,
            stateful=True,
        )
        self.key = KeyReplica(self, "Key", primary=foundation.key).key


class EdgeFoundationStack(EnvironmentStack):
    """Notification topics in the CDN's region, where the environment has no other stack there; its key stands alone.

    A log group can only use a key, and an alarm only notify a topic, of its own region.

    Attributes:
        key: replica of the environment's key.
        notifications: the topics of the CDN's region.
    """

    def __init__(self, app: App, environment: Environment, *, foundation: FoundationStack) -> None:
        super().__init__(
            app,
            environment,
            "EdgeFoundation",
            purpose="Edge foundation: key and notifications in the region of the CDN",
            region=EDGE_REGION,
            stateful=True,
        )
        self.key = KeyReplicaStack(app, environment, "EdgeKey", region=EDGE_REGION, foundation=foundation).key
        self.notifications = add_notifications(self, environment=environment, key=self.key)


def add_notifications(stack: EnvironmentStack, *, environment: Environment, key: kms.IKey) -> Notifications:
    """Add the topics of the stack's region, and the alarms on receivers that are not reached."""
    name = naming.stack(environment.name)
    notifications = Notifications(stack, "Notifications", name=name, receivers=environment.account.receivers, key=key)
    check = ReceiverCheck(
        stack,
        "Receivers",
        expected=notifications.expected,
        log_days=environment.policy.security.log_days,
        key=key,
    )
    Alarms(stack, "Unreachable", name=name, sections=[deliveries(notifications, check)], notifications=notifications)
    return notifications

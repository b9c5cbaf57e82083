"""SNS topics and subscriptions of notifications, and the alarms on receivers that are not reached (MON-7, MON-8)."""

from collections.abc import Iterable, Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.aws.base.metrics import Graph, Section, Signal
from constructs_lib.aws.base.principals import service_for_account
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.monitoring.receivers import ReceiverCheck
from constructs_lib.signals.signal import MissingData, Severity, Threshold
from environments import Receivers


class Notifications(Construct):
    """Two topics: one wakes a person, one is read during the day. An alarm can only use those of its own region.

    Attributes:
        on_call: topic of critical alarms.
        team: topic of warnings and reports.
        expected: number of addresses that each topic has to reach.

    Args:
        name: of the environment or account; the e-mails' sender begins with it.
        receivers: their addresses.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, receivers: Receivers, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.on_call = topic(
            self,
            "OnCall",
            subject=f"{name} on call",
            receivers=[receivers.on_call],
            publishers=["cloudwatch"],
            key=key,
        )
        self.team = topic(
            self, "Team", subject=f"{name} team", receivers=[receivers.team], publishers=["cloudwatch"], key=key
        )
        self.expected: dict[sns.ITopic, int] = {self.on_call: 1, self.team: 1}


def topic(
    scope: Construct,
    construct_id: str,
    *,
    subject: str,
    receivers: Sequence[str],
    publishers: Sequence[str],
    key: kms.IKey,
) -> sns.Topic:
    """Return a topic that services of this account may publish to and that receivers read as e-mail.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        subject: display name of the topic, which is the sender of its e-mails.
        receivers: addresses; each has to confirm its subscription.
        publishers: services by their first name, ``cloudwatch``; the key must let them use it.
        key: encrypts what waits to be delivered.
    """
    made = sns.Topic(scope, construct_id, display_name=subject, master_key=key, enforce_ssl=True)
    made.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"{publisher}.amazonaws.com") for publisher in publishers],
            actions=["sns:Publish"],
            resources=[made.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}},
        )
    )
    # Twice the same address would be one subscription, which two resources would claim.
    for number, receiver in enumerate(dict.fromkeys(receivers)):
        subscription = sns.Subscription(
            scope,
            f"{construct_id}Email{number or ''}",
            topic=made,
            protocol=sns.SubscriptionProtocol.EMAIL,
            endpoint=receiver,
        )
        acknowledge(
            subscription,
            "Serverless-SNSRedrivePolicy",
            because="A failed delivery raises an alarm that notifies another topic",
        )
    return made


def event_publisher(
    scope: Construct, construct_id: str, *, description: str, topics: Iterable[sns.ITopic], key: kms.IKey
) -> iam.IRole:
    """Return a role with which EventBridge's rules publish to topics.

    So neither the topics nor their key admit the service, which would act for the rules of every account
    ("Cross-service confused deputy prevention in Amazon EventBridge", EventBridge user guide).

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        description: purpose of the role.
        topics: topics that the rules publish to.
        key: encrypts the topics.
    """
    role = iam.Role(scope, construct_id, description=description, assumed_by=service_for_account(scope, "events"))
    role.add_to_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=[each.topic_arn for each in topics]))
    role.add_to_policy(iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]))
    # The CDK would add rights by a pattern (kms:GenerateDataKey*).
    return role.without_policy_updates()


def deliveries(notifications: Notifications, check: ReceiverCheck) -> Section:
    """Return the section of receivers that are not reached: each of the two topics is notified of the other's."""
    return Section(
        name="Notifications",
        graphs=[
            Graph(
                title="Failed deliveries",
                shows=[
                    _not_reached(check, notifications.on_call, "OnCallUnreachable", "on call", Severity.WARNING),
                    _not_reached(check, notifications.team, "TeamUnreachable", "the team", Severity.CRITICAL),
                ],
            )
        ],
    )


def _not_reached(check: ReceiverCheck, topic: sns.ITopic, name: str, receiver: str, severity: Severity) -> Signal:
    return Signal(
        name=name,
        metric=check.not_reached(topic),
        summary=f"Notifications do not reach {receiver}, or the count is missing; alarms may go unread.",
        first_check="whether the subscription of the topic exists and is confirmed.",
        runbook="notifications",
        thresholds={severity: Threshold(value=0, periods=1)},
        missing_data=MissingData.BREACHING,
    )

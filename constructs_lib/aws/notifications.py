"""Who is told, and how it is noticed that nobody was (MON-7, MON-8)."""

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.alarms import Limit, Severity
from constructs_lib.aws.alarms import Graph, Section, Signal
from constructs_lib.aws.findings import acknowledge
from constructs_lib.aws.traffic import MINUTE
from environments import Receivers


class Notifications(Construct):
    """Two topics: what wakes a person, and what is read during the day. An alarm can only use those of its own region.

    Attributes:
        on_call: for what is critical.
        team: for warnings and reports.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, receivers: Receivers, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.on_call = self._topic("OnCall", f"{name} on call", receivers.on_call, key)
        self.team = self._topic("Team", f"{name} team", receivers.team, key)

    def _topic(self, construct_id: str, subject: str, receiver: str, key: kms.IKey) -> sns.Topic:
        topic = sns.Topic(self, construct_id, display_name=subject, master_key=key, enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        subscription = sns.Subscription(
            self, f"{construct_id}Email", topic=topic, protocol=sns.SubscriptionProtocol.EMAIL, endpoint=receiver
        )
        acknowledge(
            subscription,
            "Serverless-SNSRedrivePolicy",
            because="What cannot be delivered is an alarm to the other topic",
        )
        return topic


def deliveries(notifications: Notifications) -> Section:
    """Return whether notifications arrive: what fails to reach the one receiver is told to the other."""
    return Section(
        name="Notifications",
        graphs=[
            Graph(
                title="Not delivered",
                shows=[
                    _failures(notifications.on_call, "OnCallUnreachable", "on call", Severity.WARNING),
                    _failures(notifications.team, "TeamUnreachable", "the team", Severity.CRITICAL),
                ],
            )
        ],
    )


def _failures(topic: sns.ITopic, name: str, receiver: str, severity: Severity) -> Signal:
    return Signal(
        name=name,
        metric=cloudwatch.Metric(
            namespace="AWS/SNS",
            metric_name="NumberOfNotificationsFailed",
            dimensions_map={"TopicName": topic.topic_name},
            statistic="Sum",
            period=MINUTE,
        ),
        means=f"A notification did not reach {receiver}. Users notice nothing, and neither would we.",
        look="the address of the topic's subscription, and whether it is confirmed.",
        runbook="notifications",
        limits={severity: Limit(value=0, periods=1)},
    )

"""Event notifications: EventBridge rules that send text to SNS topics (IMP-8, SEC-11)."""

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.aws.base.queues import dead_letter_queue
from constructs_lib.aws.monitoring.notifications import Notifications


class EventNotifications(Construct):
    """EventBridge rules that send a text to a topic. Undelivered messages are kept in a queue and raise an alarm.

    The rules publish as a role of their own, so that neither the topics nor their key admit the service, which would
    act for the rules of every account.

    Attributes:
        undelivered: dead-letter queue of the rules, and of schedules.

    Args:
        notifications: topics that the rules publish to.
        key: encrypts the topics.
        runbook: page on undelivered messages.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, notifications: Notifications, key: kms.IKey, runbook: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._publisher = self._publishing_role(notifications, key)
        self.undelivered = dead_letter_queue(self, "Undelivered")
        alarm = cloudwatch.Alarm(
            self,
            "Lost",
            alarm_description=f"A notification of an event was not sent. Runbook: {runbook}",
            metric=self.undelivered.metric_approximate_number_of_messages_visible(),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(notifications.team))

    def notify(self, construct_id: str, topic: sns.ITopic, *, pattern: events.EventPattern, text: str) -> events.Rule:
        """Send a text to a topic whenever an event matches.

        Args:
            construct_id: id of the rule, and its description.
            topic: receives the text.
            pattern: pattern of the events.
            text: may hold paths of ``events.EventField``.
        """
        return events.Rule(
            self,
            construct_id,
            description=construct_id,
            event_pattern=pattern,
            targets=[
                targets.SnsTopic(
                    topic,
                    message=events.RuleTargetInput.from_text(text),
                    dead_letter_queue=self.undelivered,
                    role=self._publisher,
                )
            ],
        )

    def _publishing_role(self, notifications: Notifications, key: kms.IKey) -> iam.IRole:
        role = iam.Role(
            self,
            "Publisher",
            description="Publishes events to the topics",
            assumed_by=iam.ServicePrincipal(
                # "Cross-service confused deputy prevention in Amazon EventBridge", EventBridge user guide.
                "events.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            ),
        )
        topics = [topic.topic_arn for topic in notifications.expected]
        role.add_to_policy(iam.PolicyStatement(actions=["sns:Publish"], resources=topics))
        role.add_to_policy(iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn]))
        # The CDK would add rights by a pattern (kms:GenerateDataKey*).
        return role.without_policy_updates()

"""Event notifications: EventBridge rules that send text to SNS topics (IMP-8, SEC-11)."""

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.aws.base.queues import dead_letter_queue
from constructs_lib.aws.monitoring.notifications import Notifications, event_publisher

_RUNBOOK = "docs/runbooks/account/setup.md"


class EventNotifications(Construct):
    """EventBridge rules that send a text to a topic. Undelivered messages are kept in a queue and raise an alarm.

    Attributes:
        undelivered: dead-letter queue of the rules, and of schedules.

    Args:
        notifications: topics that the rules publish to.
        key: encrypts the topics.
    """

    def __init__(self, scope: Construct, construct_id: str, *, notifications: Notifications, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._publisher = event_publisher(
            self, "Publisher", description="Publishes events to the topics", topics=notifications.expected, key=key
        )
        self.undelivered = dead_letter_queue(self, "Undelivered")
        alarm = cloudwatch.Alarm(
            self,
            "Lost",
            alarm_description=f"A notification of an event was not sent. Runbook: {_RUNBOOK}",
            metric=self.undelivered.metric_approximate_number_of_messages_visible(),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(notifications.team))

    def notify(self, construct_id: str, topic: sns.ITopic, *, pattern: events.EventPattern, text: str) -> None:
        """Send a text to a topic whenever an event matches.

        Args:
            construct_id: id of the rule, and its description.
            topic: receives the text.
            pattern: pattern of the events.
            text: may hold paths of ``events.EventField``.
        """
        events.Rule(
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

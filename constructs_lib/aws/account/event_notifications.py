"""Event notifications: EventBridge rules that send text to SNS topics (IMP-8, SEC-11)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.monitoring.notifications import Notifications

# The longest retention of a message in SQS (quotas, SQS developer guide).
_KEPT = Duration.days(14)


class EventNotifications(Construct):
    """EventBridge rules that send a text to a topic. Undelivered messages are kept in a queue and raise an alarm.

    Attributes:
        undelivered: dead-letter queue of the rules, and of schedules.
    """

    def __init__(self, scope: Construct, construct_id: str, *, notifications: Notifications) -> None:
        super().__init__(scope, construct_id)
        self.undelivered = sqs.Queue(
            self,
            "Undelivered",
            # Rules and schedules of AWS write here, each with a role of its own: a key of ours would admit all of them.
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=_KEPT,
        )
        acknowledge(
            self.undelivered,
            "AwsSolutions-SQS3",
            "Serverless-SQSRedrivePolicy",
            because="It is the dead-letter queue of rules and schedules",
        )
        acknowledge(self.undelivered, "CKV_AWS_27", because="SQS encrypts it with a key of its own")
        visible = self.undelivered.metric_approximate_number_of_messages_visible()
        self._alarm("Lost", visible, "A notification of an account event was not sent", notifications.team)
        self.alarm_on_failures("OnCall", "the on-call receiver", notifications.on_call, alarm_topic=notifications.team)
        self.alarm_on_failures("Team", "the team", notifications.team, alarm_topic=notifications.on_call)

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
                    topic, message=events.RuleTargetInput.from_text(text), dead_letter_queue=self.undelivered
                )
            ],
        )

    def alarm_on_failures(
        self, construct_id: str, receiver: str, topic: sns.ITopic, *, alarm_topic: sns.ITopic
    ) -> None:
        """Add an alarm on deliveries of a topic that failed: an e-mail bounced, or could not be sent.

        Args:
            construct_id: id of the alarm.
            receiver: name of the topic's receiver, the subject of the alarm's text.
            topic: topic whose deliveries are counted.
            alarm_topic: another topic, which receives the alarm.
        """
        failures = cloudwatch.Metric(
            namespace="AWS/SNS",
            metric_name="NumberOfNotificationsFailed",
            dimensions_map={"TopicName": topic.topic_name},
            statistic="Sum",
        )
        self._alarm(construct_id, failures, f"A notification did not reach {receiver}", alarm_topic)

    def _alarm(self, construct_id: str, metric: cloudwatch.Metric, summary: str, topic: sns.ITopic) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=f"{summary}. Runbook: docs/runbooks/account/setup.md",
            metric=metric,
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(topic))

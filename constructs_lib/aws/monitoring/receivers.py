"""Receivers of notifications: an hourly count of the addresses that a topic does not reach (MON-7, MON-8)."""

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base import jsonata
from constructs_lib.aws.base.metrics import HOURLY_PERIOD, expression, measure_hourly, put_metric

_RUNBOOK = "docs/runbooks/notifications.md"
_METRIC = "MissingReceivers"
# A subscription that is not confirmed has a word where its ARN will be (ListSubscriptionsByTopic, API reference);
# one that was cancelled is not listed.
_CONFIRMED = "$states.result.Subscriptions[Protocol = 'email' and $substring(SubscriptionArn, 0, 4) = 'arn:']"


class ReceiverCheck(Construct):
    """State machine that counts the addresses of each topic that are not confirmed, or were unsubscribed.

    SNS counts only deliveries that it gave up as failed. An address that is not confirmed, or that followed the
    unsubscribe link, as scanners of mail do, is no delivery and no failure.

    Args:
        expected: number of addresses that each topic has to reach; at most a hundred, one page of the answer.
        log_days: retention of the state machine's log.
        key: encrypts the log.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        expected: Mapping[sns.ITopic, int],
        log_days: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        steps: sfn.Chain | None = None
        for topic, receivers in expected.items():
            count = self._count(topic, receivers)
            steps = steps.next(count) if steps else count
        if steps is None:
            raise ValueError(f"{self.node.path} was given no topics")
        measure_hourly(
            self, "Count", steps, description="Counts the receivers that are not reached", log_days=log_days, key=key
        )

    def not_reached(self, topic: sns.ITopic) -> cloudwatch.MathExpression:
        """Return the number of addresses that a topic does not reach, and of deliveries that SNS gave up.

        It has no data while the state machine does not run; an alarm must treat that as breaching.
        """
        dimensions = {"TopicName": topic.topic_name}
        # Metrics of one graph have different names.
        missing, failed = f"missing{topic.node.id}", f"failed{topic.node.id}"
        return expression(
            f"{missing} + FILL({failed}, 0)",
            "Receivers that are not reached",
            {
                missing: cloudwatch.Metric(
                    namespace=naming.PROJECT, metric_name=_METRIC, dimensions_map=dimensions, statistic="Maximum"
                ),
                failed: cloudwatch.Metric(
                    namespace="AWS/SNS",
                    metric_name="NumberOfNotificationsFailed",
                    dimensions_map=dimensions,
                    statistic="Sum",
                ),
            },
            period=HOURLY_PERIOD,
        )

    def alarm(self, construct_id: str, topic: sns.ITopic, *, receiver: str, alarm_topic: sns.ITopic) -> None:
        """Add an alarm on a topic, for stacks that have no sections of signals.

        Args:
            construct_id: id of the alarm.
            topic: topic whose receivers are counted.
            receiver: name of its receivers, the subject of the alarm's text.
            alarm_topic: another topic, which receives the alarm.
        """
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_description=f"Notifications do not reach {receiver}, or the count is missing. Runbook: {_RUNBOOK}",
            metric=self.not_reached(topic),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(alarm_topic))

    def _count(self, topic: sns.ITopic, receivers: int) -> sfn.Chain:
        listed = tasks.CallAwsService.jsonata(
            self,
            f"List{topic.node.id}",
            service="sns",
            action="listSubscriptionsByTopic",
            parameters={"TopicArn": topic.topic_arn},
            iam_resources=[topic.topic_arn],
            outputs=jsonata.expression(f"$max([0, {receivers} - $count($distinct({_CONFIRMED}.Endpoint))])"),
        )
        put = put_metric(
            self,
            f"Put{topic.node.id}",
            namespace=naming.PROJECT,
            name=_METRIC,
            dimensions={"TopicName": topic.topic_name},
        )
        return listed.next(put)

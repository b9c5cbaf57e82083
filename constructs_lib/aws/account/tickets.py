"""Tickets of regular reviews: opened on schedule, recorded when resolved, an alarm when late (SEC-12, CST-7).

A ticket is an OpsItem of Systems Manager. No program of our own is involved: schedules start state machines, and these
call AWS.
"""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as event_targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.account.event_notifications import EventNotifications
from constructs_lib.aws.base import jsonata, state_machines
from constructs_lib.aws.base.logs import delivered_log_group
from constructs_lib.aws.base.metrics import may_put_metrics, put_metric
from constructs_lib.aws.base.suppressions import acknowledge, objects_in
from constructs_lib.aws.monitoring.notifications import Notifications

SOURCE = f"{naming.PROJECT}-reviews"
_DONE = "done/"
RUNBOOK = "docs/runbooks/account/reviews.md"


class Tickets(Construct):
    """Tickets of reviews: records of the resolved ones, an alarm on the late ones, and steps that open them.

    Attributes:
        reports: bucket of the reviews' answers and of the records.
        key: encrypts the bucket.
        log: log group of all state machines.
        undelivered: dead-letter queue of the schedules.

    Args:
        log_days: retention of the log group.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        log_days: int,
        reports: s3.Bucket,
        key: kms.IKey,
        event_notifications: EventNotifications,
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id)
        self.reports = reports
        self.key = key
        self.log = delivered_log_group(self, "Log", days=log_days, key=key, writer="states")
        self.undelivered = event_notifications.undelivered
        self._record_resolved()
        self._alarm_on_late_ones(notifications)

    def state_machine(self, scope: Construct, construct_id: str, steps: sfn.IChainable) -> sfn.StateMachine:
        """Return a state machine; the team is notified when it fails."""
        return state_machines.state_machine(scope, construct_id, steps, timeout=Duration.hours(1), log=self.log)

    def put_report(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        folder: str,
        assign: Mapping[str, str] | None = None,
    ) -> tasks.CallAwsService:
        """Return the step that writes its input to the bucket of reports and hands it on.

        Args:
            scope: parent construct.
            construct_id: id below the parent.
            name: JSONata expression of the file's name, without its ending.
            folder: prefix in the bucket, with its slash.
            assign: variables that the step sets, as JSONata expressions.
        """
        return tasks.CallAwsService.jsonata(
            scope,
            construct_id,
            service="s3",
            action="putObject",
            parameters={
                "Bucket": self.reports.bucket_name,
                "Key": jsonata.expression(f"'{folder}' & {name} & '.json'"),
                "Body": "{% $states.input %}",
            },
            iam_resources=[self.reports.arn_for_objects(f"{folder}*")],
            outputs="{% $states.input %}",
            assign=assign,
        )

    def grant_put_report(self, state_machine: sfn.StateMachine, folder: str) -> None:
        """Permit a state machine to write reports below ``folder``, a prefix with its slash."""
        self.key.grant(state_machine, "kms:GenerateDataKey", "kms:Decrypt")
        acknowledge(
            state_machine.role,
            objects_in(self.reports, folder),
            because="Reports carry the date in their names, under one prefix",
        )

    def _record_resolved(self) -> None:
        name = "$substringBefore($states.input.time, 'T') & '-' & $states.input.id"
        state_machine = self.state_machine(self, "Record", self.put_report(self, "Keep", name=name, folder=_DONE))
        self.grant_put_report(state_machine, _DONE)
        events.Rule(
            self,
            "Done",
            description="Records a finished review: the person who closed its ticket and the time",
            event_pattern=events.EventPattern(
                source=["aws.ssm"],
                detail_type=["OpsItem Update"],
                # The documentation has both spellings ("OpsCenter events", EventBridge reference; UpdateOpsItem, API).
                detail={"source": [SOURCE], "status": ["Resolved", "RESOLVED"]},
            ),
            targets=[event_targets.SfnStateMachine(state_machine, dead_letter_queue=self.undelivered)],
        )

    def _alarm_on_late_ones(self, notifications: Notifications) -> None:
        find = tasks.CallAwsService.jsonata(
            self,
            "FindOpen",
            service="ssm",
            action="describeOpsItems",
            parameters={
                "OpsItemFilters": [
                    {"Key": "Source", "Values": [SOURCE], "Operator": "Equal"},
                    {"Key": "Status", "Values": ["Open", "InProgress"], "Operator": "Equal"},
                ],
                # The maximum of one answer (DescribeOpsItems, API reference). More open reviews all count as late.
                "MaxResults": 50,
            },
            iam_resources=["*"],
            outputs="{% $count($states.result.OpsItemSummaries[$toMillis(OperationalData.due.Value) < $millis()]) %}",
        )
        count = put_metric(self, "CountLate", namespace=SOURCE, name="Late", dimensions={})
        state_machine = self.state_machine(self, "Late", find.next(count))
        state_machine.add_to_role_policy(may_put_metrics(SOURCE))
        scheduler.Schedule(
            self,
            "TwiceADay",
            description="Counts overdue reviews",
            # A day has a count wherever CloudWatch begins the day.
            schedule=scheduler.ScheduleExpression.rate(Duration.hours(12)),
            target=targets.StepFunctionsStartExecution(state_machine, dead_letter_queue=self.undelivered),
            key=self.key,
        )
        alarm = cloudwatch.Alarm(
            self,
            "LateReview",
            alarm_description=f"A review is overdue, or the count of overdue reviews is missing. Runbook: {RUNBOOK}",
            metric=cloudwatch.Metric(
                namespace=SOURCE, metric_name="Late", statistic="Maximum", period=Duration.days(1)
            ),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(notifications.team))

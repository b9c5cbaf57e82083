"""What a person does at regular times: opened as a ticket, recorded when done, an alarm when late (SEC-12, CST-7).

A ticket is an OpsItem of Systems Manager. No program of our own is involved: schedules start state machines, and these
call AWS.
"""

from typing import Any

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
from constructs_lib.aws.account.event_notifications import Messages
from constructs_lib.aws.base.logs import log_group
from constructs_lib.aws.base.suppressions import acknowledge, acknowledge_state_machine, objects_in
from constructs_lib.aws.monitoring.notifications import Notifications

SOURCE = f"{naming.PROJECT}-reviews"
_RECORDS = "done/"
RUNBOOK = "docs/runbooks/account/reviews.md"


class Tickets(Construct):
    """Where reviews are opened, and what happens when one is closed, or is not.

    Attributes:
        reports: the bucket of what was found, and of what was done.
        key: encrypts it.
        log: of all state machines.
        undelivered: keeps the starts that failed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        log_days: int,
        reports: s3.Bucket,
        key: kms.IKey,
        messages: Messages,
        notifications: Notifications,
    ) -> None:
        super().__init__(scope, construct_id)
        self.reports = reports
        self.key = key
        self.log = log_group(self, "Log", days=log_days, key=key)
        self.undelivered = messages.undelivered
        self._failed = messages.tell(
            "FailedReview",
            notifications.team,
            pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={"status": ["FAILED", "TIMED_OUT", "ABORTED"]},
            ),
            text=f"{events.EventField.from_path('$.detail.stateMachineArn')} failed. Runbook: {RUNBOOK}",
        )
        self._record_what_is_done()
        self._look_for_late_ones(notifications)

    def machine(self, scope: Construct, construct_id: str, steps: sfn.IChainable) -> sfn.StateMachine:
        """Return a state machine whose failure is told to the team."""
        machine = sfn.StateMachine(
            scope,
            construct_id,
            definition_body=sfn.DefinitionBody.from_chainable(steps),
            query_language=sfn.QueryLanguage.JSONATA,
            timeout=Duration.hours(1),
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=self.log, level=sfn.LogLevel.ALL),
        )
        acknowledge_state_machine(machine)
        self._failed.add_event_pattern(detail={"stateMachineArn": [machine.state_machine_arn]})
        return machine

    def keep(self, scope: Construct, construct_id: str, *, name: str, folder: str, **rest: Any) -> tasks.CallAwsService:
        """Return the step that writes its input to the reports and hands it on; ``name`` is an expression."""
        return tasks.CallAwsService.jsonata(
            scope,
            construct_id,
            service="s3",
            action="putObject",
            parameters={
                "Bucket": self.reports.bucket_name,
                "Key": f"{{% '{folder}' & {name} & '.json' %}}",
                "Body": "{% $states.input %}",
            },
            iam_resources=[self.reports.arn_for_objects(f"{folder}*")],
            outputs="{% $states.input %}",
            **rest,
        )

    def may_keep(self, machine: sfn.StateMachine, folder: str) -> None:
        """Let a state machine write below a folder of the reports."""
        self.key.grant(machine, "kms:GenerateDataKey", "kms:Decrypt")
        acknowledge(
            machine.role,
            objects_in(self.reports, folder),
            because="Reports carry the date in their names, under one prefix",
        )

    def _record_what_is_done(self) -> None:
        name = "$substringBefore($states.input.time, 'T') & '-' & $states.input.id"
        machine = self.machine(self, "Record", self.keep(self, "Keep", name=name, folder=_RECORDS))
        self.may_keep(machine, _RECORDS)
        events.Rule(
            self,
            "Done",
            description="A review is done: who closed the ticket, and when",
            event_pattern=events.EventPattern(
                source=["aws.ssm"],
                detail_type=["OpsItem Update"],
                detail={"source": [SOURCE], "status": ["Resolved"]},
            ),
            targets=[event_targets.SfnStateMachine(machine, dead_letter_queue=self.undelivered)],
        )

    def _look_for_late_ones(self, notifications: Notifications) -> None:
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
                # The most that one answer holds (DescribeOpsItems, API reference). More open reviews are all late.
                "MaxResults": 50,
            },
            iam_resources=["*"],
            outputs="{% $count($states.result.OpsItemSummaries[$toMillis(OperationalData.due.Value) < $millis()]) %}",
        )
        count = tasks.CallAwsService.jsonata(
            self,
            "CountLate",
            service="cloudwatch",
            action="putMetricData",
            parameters={
                "Namespace": SOURCE,
                "MetricData": [{"MetricName": "Late", "Value": "{% $states.input %}", "Unit": "Count"}],
            },
            iam_resources=["*"],
        )
        machine = self.machine(self, "Late", find.next(count))
        scheduler.Schedule(
            self,
            "TwiceADay",
            description="Counts the reviews that are late",
            # Every day has a count, whenever CloudWatch lets the day begin.
            schedule=scheduler.ScheduleExpression.rate(Duration.hours(12)),
            target=targets.StepFunctionsStartExecution(machine, dead_letter_queue=self.undelivered),
            key=self.key,
        )
        alarm = cloudwatch.Alarm(
            self,
            "LateReview",
            alarm_description=f"A review is late, or nobody counts them. Runbook: {RUNBOOK}",
            metric=cloudwatch.Metric(
                namespace=SOURCE, metric_name="Late", statistic="Maximum", period=Duration.days(1)
            ),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(notifications.team))

"""What a person does at regular times: opened as a ticket, recorded when done, an alarm when late (SEC-12, CST-7).

A ticket is an OpsItem of Systems Manager. No program of our own is involved: schedules start state machines, and these
call AWS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
from constructs_lib.aws.findings import acknowledge, acknowledge_state_machine, objects_in
from constructs_lib.aws.logs import log_group
from constructs_lib.aws.messages import Messages
from constructs_lib.aws.notifications import Notifications
from environments import Review as ReviewPolicy

_SOURCE = f"{naming.PROJECT}-reviews"
_RECORDS = "done/"
# The month before is complete in Cost Explorer by then.
_DAY = "5"
_HOUR = "6"
_TIMES = {
    "week": scheduler.ScheduleExpression.cron(minute="0", hour=_HOUR, week_day="MON"),
    "month": scheduler.ScheduleExpression.cron(minute="0", hour=_HOUR, day=_DAY),
    "quarter": scheduler.ScheduleExpression.cron(minute="0", hour=_HOUR, day=_DAY, month="1,4,7,10"),
}
_ATTEMPTS = 5
_RUNBOOK = "docs/runbooks/account/reviews.md"
# A value of operational data holds 20 KB (CreateOpsItem, API reference).
_LONGEST = 18_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A question to AWS whose answer belongs to a review.

    Attributes:
        name: of the answer's file.
        service: as Step Functions calls it.
        action: of its API.
        parameters: of the action. Expressions may use ``$start`` and ``$end``, the first days of last month and this.
        permission: what IAM calls the action.
        resources: what the action is allowed on.
        page: the answer's field that leads to the next page, and the parameter that takes it.
        figures: an expression that makes lines for the ticket of the answer, ``$states.result``.
    """

    name: str
    service: str
    action: str
    permission: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    resources: Sequence[str] = ("*",)
    page: tuple[str, str] | None = None
    figures: str = ""


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
            text=f"{events.EventField.from_path('$.detail.stateMachineArn')} failed. Runbook: {_RUNBOOK}",
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
                detail={"source": [_SOURCE], "status": ["Resolved"]},
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
                    {"Key": "Source", "Values": [_SOURCE], "Operator": "Equal"},
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
                "Namespace": _SOURCE,
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
            alarm_description=f"A review is late, or nobody counts them. Runbook: {_RUNBOOK}",
            metric=cloudwatch.Metric(
                namespace=_SOURCE, metric_name="Late", statistic="Maximum", period=Duration.days(1)
            ),
            threshold=0,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(notifications.team))


class Review(Construct):
    """Asks its questions at its times, keeps the answers and opens a ticket with the checklist.

    Attributes:
        machine: start it by hand for a review out of turn.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ReviewPolicy,
        tickets: Tickets,
        category: str,
        facts: Sequence[Fact] = (),
        only_with_figures: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self._tickets = tickets
        self._folder = f"{policy.title.lower().replace(' ', '-')}/"
        # Last month: its first day, and the first of this, which Cost Explorer leaves out.
        today = "$substringBefore($states.context.Execution.StartTime, 'T')"
        first = f"$substring({today}, 0, 8) & '01'"
        steps: sfn.Chain = sfn.Chain.start(
            sfn.Pass.jsonata(
                self,
                "Begin",
                assign={
                    "day": f"{{% {today} %}}",
                    "end": f"{{% {first} %}}",
                    "start": f"{{% $substring($fromMillis($toMillis({first}) - {_DAY_MS}), 0, 8) & '01' %}}",
                    "figures": "",
                    "page": 1,
                },
            )
        )
        for fact in facts:
            steps = steps.next(self._ask(fact))
        ticket = self._ticket(policy, category)
        if only_with_figures:
            found = sfn.Choice.jsonata(self, "AnythingFound")
            found.when(sfn.Condition.jsonata("{% $figures != '' %}"), ticket)
            steps = steps.next(found.otherwise(sfn.Succeed.jsonata(self, "Nothing")))
        else:
            steps = steps.next(ticket)
        self.machine = tickets.machine(self, "Steps", steps)
        acknowledge(
            self.machine.role,
            *(
                f"AwsSolutions-IAM5[Resource::{name}]"
                for fact in facts
                for name in fact.resources
                if name.endswith("*")
            ),
            because="A review asks about all there is",
        )
        if facts:
            tickets.may_keep(self.machine, self._folder)
        scheduler.Schedule(
            self,
            "Schedule",
            description=policy.title,
            schedule=_TIMES[policy.every],
            target=targets.StepFunctionsStartExecution(self.machine, dead_letter_queue=tickets.undelivered),
            key=tickets.key,
        )

    def _ask(self, fact: Fact) -> sfn.Chain:
        keep = self._tickets.keep(
            self,
            f"Keep{fact.name}",
            name=f"$day & '/{fact.name}-' & $string($page)",
            folder=self._folder,
            assign={"page": "{% $page + 1 %}"},
        )
        ask = self._call(fact, fact.name, {})
        if not fact.page:
            return ask.next(keep)
        leads, takes = fact.page
        token = f"$states.input.{leads}"
        again = self._call(fact, f"Next{fact.name}", {takes: f"{{% {token} %}}"})
        again.next(keep)
        last = sfn.Pass.jsonata(self, f"All{fact.name}")
        more = sfn.Choice.jsonata(self, f"More{fact.name}")
        more.when(sfn.Condition.jsonata(f"{{% $exists({token}) and {token} != null %}}"), again).otherwise(last)
        ask.next(keep).next(more)
        return sfn.Chain.custom(ask, [last], last)

    def _call(self, fact: Fact, construct_id: str, page: Mapping[str, str]) -> tasks.CallAwsService:
        call = tasks.CallAwsService.jsonata(
            self,
            construct_id,
            service=fact.service,
            action=fact.action,
            parameters={**fact.parameters, **page},
            iam_action=fact.permission,
            iam_resources=list(fact.resources),
            assign={"figures": f"{{% $figures & {fact.figures} %}}"} if fact.figures else None,
        )
        # Reports that AWS is still writing, and limits of how often one may ask.
        call.add_retry(interval=Duration.seconds(10), max_attempts=_ATTEMPTS, backoff_rate=2)
        return call

    def _ticket(self, policy: ReviewPolicy, category: str) -> tasks.CallAwsService:
        checklist = "\n".join(f"- {line}" for line in policy.checklist)
        due = f"$fromMillis($millis() + {policy.due_days * _DAY_MS})"
        figures = f"$figures = '' ? 'none' : $substring($figures, 0, {_LONGEST})"
        folder = f"s3://{self._tickets.reports.bucket_name}/{self._folder}"
        return tasks.CallAwsService.jsonata(
            self,
            "OpenTicket",
            service="ssm",
            action="createOpsItem",
            parameters={
                "Title": f"{{% '{policy.title} of ' & $day %}}",
                "Description": f"{checklist}\n\nHow to do it and to record it: {_RUNBOOK}",
                "Source": _SOURCE,
                "Category": category,
                "OperationalData": {
                    "due": {"Type": "SearchableString", "Value": f"{{% {due} %}}"},
                    "answers": {"Type": "SearchableString", "Value": f"{{% '{folder}' & $day %}}"},
                    "figures": {"Type": "String", "Value": f"{{% {figures} %}}"},
                },
            },
            iam_resources=["*"],
        )

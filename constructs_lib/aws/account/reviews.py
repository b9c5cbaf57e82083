"""Regular reviews: state machines that query AWS and open a ticket with the answers.

Plan: SEC-12, IMP-5, IMP-6, IMP-7, CST-2, CST-4, CST-7, CST-8.
"""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.account.review_queries.access import access_findings, identities, vulnerabilities
from constructs_lib.aws.account.review_queries.costs import purchases, sizes, spent
from constructs_lib.aws.account.review_queries.query import ReviewQuery
from constructs_lib.aws.account.review_queries.unused import unused
from constructs_lib.aws.account.tickets import RUNBOOK, SOURCE, Tickets
from constructs_lib.aws.base import jsonata
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.schedule import review_cron
from environments import Review as ReviewPolicy
from environments import Reviews as ReviewPolicies

_OF_COSTS = ("cost", "purchases", "right_sizing", "unused")
_ATTEMPTS = 5
# A value of operational data holds 20 KB (CreateOpsItem, API reference).
_MAX_FIGURES = 18_000
_DAY_MS = 86_400_000


class Review(Construct):
    """State machine that runs queries on schedule, keeps the answers and opens a ticket with the checklist.

    Attributes:
        state_machine: start it by hand for a review out of turn.

    Args:
        name: folder of its answers.
        category: category of the ticket, ``Security`` or ``Cost``.
        queries: their answers are kept, and their figures are in the ticket.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        policy: ReviewPolicy,
        tickets: Tickets,
        category: str,
        queries: Sequence[ReviewQuery] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self._tickets = tickets
        self._folder = f"{name}/"
        # Last month: its first day, and the first of this, which Cost Explorer leaves out.
        today = "$substringBefore($states.context.Execution.StartTime, 'T')"
        first = f"$substring({today}, 0, 8) & '01'"
        day_before = f"$fromMillis($toMillis({first} & 'T00:00:00Z') - {_DAY_MS})"
        steps: sfn.Chain = sfn.Chain.start(
            sfn.Pass.jsonata(
                self,
                "Begin",
                assign={
                    "day": jsonata.expression(today),
                    "end": jsonata.expression(first),
                    "start": jsonata.expression(f"$substring({day_before}, 0, 8) & '01'"),
                    "figures": "",
                    "page": 1,
                },
            )
        )
        for query in queries:
            steps = steps.next(self._query(query))
        ticket = self._ticket(policy, category)
        if policy.only_with_figures:
            figures = sfn.Choice.jsonata(self, "AnythingFound")
            figures.when(sfn.Condition.jsonata("{% $figures != '' %}"), ticket)
            steps = steps.next(figures.otherwise(sfn.Succeed.jsonata(self, "Nothing")))
        else:
            steps = steps.next(ticket)
        self.state_machine = tickets.state_machine(self, "Steps", steps)
        acknowledge(
            self.state_machine.role,
            *(
                f"AwsSolutions-IAM5[Resource::{name}]"
                for query in queries
                for name in query.resources
                if name.endswith("*")
            ),
            because="A review queries every resource of the account",
        )
        if queries:
            tickets.grant_put_report(self.state_machine, self._folder)
        scheduler.Schedule(
            self,
            "Schedule",
            description=policy.title,
            schedule=_schedule(policy),
            target=targets.StepFunctionsStartExecution(self.state_machine, dead_letter_queue=tickets.undelivered),
            key=tickets.key,
        )

    def _query(self, query: ReviewQuery) -> sfn.Chain:
        put_report = self._tickets.put_report(
            self,
            f"Keep{query.name}",
            name=f"$day & '/{query.name}-' & $string($page)",
            folder=self._folder,
            assign={"page": "{% $page + 1 %}"},
        )
        first = self._call(query, query.name, {})
        if not query.next_token:
            return first.next(put_report)
        field, parameter = query.next_token
        token = f"$states.input.{field}"
        again = self._call(query, f"Next{query.name}", {parameter: jsonata.expression(token)})
        again.next(put_report)
        last = sfn.Pass.jsonata(self, f"All{query.name}")
        more = sfn.Choice.jsonata(self, f"More{query.name}")
        has_more = jsonata.expression(f"$exists({token}) and {token} != null")
        more.when(sfn.Condition.jsonata(has_more), again).otherwise(last)
        first.next(put_report).next(more)
        return sfn.Chain.custom(first, [last], last)

    def _call(self, query: ReviewQuery, construct_id: str, parameters: Mapping[str, str]) -> tasks.CallAwsService:
        call = tasks.CallAwsService.jsonata(
            self,
            construct_id,
            service=query.service,
            action=query.action,
            parameters={**query.parameters, **parameters},
            iam_action=query.permission,
            iam_resources=list(query.resources),
            assign={"figures": jsonata.expression(f"$figures & {query.figures}")} if query.figures else None,
        )
        # Reports that AWS is still writing, and limits of how often one may ask.
        call.add_retry(interval=Duration.seconds(10), max_attempts=_ATTEMPTS, backoff_rate=2)
        return call

    def _ticket(self, policy: ReviewPolicy, category: str) -> tasks.CallAwsService:
        checklist = "\n".join(f"- {line}" for line in policy.checklist)
        description = f"{checklist}\n\nHow to do it and to record it: {RUNBOOK}"
        due = f"$fromMillis($millis() + {policy.due_days * _DAY_MS})"
        figures = f"$figures = '' ? 'none' : $substring($figures, 0, {_MAX_FIGURES})"
        folder = f"s3://{self._tickets.reports.bucket_name}/{self._folder}"
        return tasks.CallAwsService.jsonata(
            self,
            "OpenTicket",
            service="ssm",
            action="createOpsItem",
            parameters={
                "Title": jsonata.expression(f"{jsonata.text(f'{policy.title} of ')} & $day"),
                "Description": jsonata.expression(jsonata.text(description)),
                "Source": SOURCE,
                "Category": category,
                "OperationalData": {
                    "due": {"Type": "SearchableString", "Value": jsonata.expression(due)},
                    "answers": {"Type": "SearchableString", "Value": jsonata.expression(f"'{folder}' & $day")},
                    "figures": {"Type": "String", "Value": jsonata.expression(figures)},
                },
            },
            iam_resources=["*"],
        )


class Reviews(Construct):
    """All regular reviews of an account.

    Args:
        external_access: ARN of the analyzer of external access.
        unused_access: ARN of the analyzer of unused access.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policies: ReviewPolicies,
        tickets: Tickets,
        external_access: str,
        unused_access: str,
    ) -> None:
        super().__init__(scope, construct_id)
        access = [*identities(), *access_findings(external=external_access, unused=unused_access)]
        queries_by_review = {
            "access": access,
            "vulnerabilities": [vulnerabilities()],
            "cost": spent(),
            "purchases": purchases(),
            "right_sizing": sizes(),
            "unused": unused(Stack.of(self)),
        }
        for name, policy in policies:
            review = Review(
                self,
                name.title().replace("_", ""),
                name=naming.review(name),
                policy=policy,
                tickets=tickets,
                category="Cost" if name in _OF_COSTS else "Security",
                queries=queries_by_review.get(name, ()),
            )
            if name == "right_sizing":
                _grant_enrollment(review)


def _schedule(policy: ReviewPolicy) -> scheduler.ScheduleExpression:
    cron = review_cron(policy)
    # EventBridge accepts a day or a weekday ("Cron-based schedules", EventBridge Scheduler user guide).
    return scheduler.ScheduleExpression.cron(
        minute=cron.minute,
        hour=cron.hour,
        day=None if cron.day == "*" else cron.day,
        month=cron.month,
        week_day=None if cron.weekday == "*" else cron.weekday,
    )


def _grant_enrollment(review: Review) -> None:
    # "Controlling access with AWS Identity and Access Management", Compute Optimizer user guide.
    service = "compute-optimizer.amazonaws.com"
    role = Stack.of(review).format_arn(
        service="iam",
        region="",
        resource="role",
        resource_name=f"aws-service-role/{service}/AWSServiceRoleForComputeOptimizer",
    )
    review.state_machine.add_to_role_policy(
        iam.PolicyStatement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[role],
            conditions={"StringEquals": {"iam:AWSServiceName": service}},
        )
    )

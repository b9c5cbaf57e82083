"""What is looked at regularly, with the answers at hand (SEC-12, IMP-5, IMP-6, IMP-7, CST-2, CST-4, CST-7, CST-8)."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib.aws.account.review_queries.access import findings_of_access, identities, vulnerabilities
from constructs_lib.aws.account.review_queries.costs import purchases, sizes, spent
from constructs_lib.aws.account.review_queries.query import Fact
from constructs_lib.aws.account.review_queries.unused import unused
from constructs_lib.aws.account.tickets import RUNBOOK, SOURCE, Tickets
from constructs_lib.aws.base.suppressions import acknowledge
from environments import Review as ReviewPolicy
from environments import Reviews as ReviewPolicies

# The month before is complete in Cost Explorer by then.
_DAY = "5"
_HOUR = "6"
_TIMES = {
    "week": scheduler.ScheduleExpression.cron(minute="0", hour=_HOUR, week_day="MON"),
    "month": scheduler.ScheduleExpression.cron(minute="0", hour=_HOUR, day=_DAY),
    "quarter": scheduler.ScheduleExpression.cron(minute="0", hour=_HOUR, day=_DAY, month="1,4,7,10"),
}
_ATTEMPTS = 5
# A value of operational data holds 20 KB (CreateOpsItem, API reference).
_LONGEST = 18_000
_DAY_MS = 86_400_000


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
        day_before = f"$fromMillis($toMillis({first} & 'T00:00:00Z') - {_DAY_MS})"
        steps: sfn.Chain = sfn.Chain.start(
            sfn.Pass.jsonata(
                self,
                "Begin",
                assign={
                    "day": f"{{% {today} %}}",
                    "end": f"{{% {first} %}}",
                    "start": f"{{% $substring({day_before}, 0, 8) & '01' %}}",
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
                "Description": f"{checklist}\n\nHow to do it and to record it: {RUNBOOK}",
                "Source": SOURCE,
                "Category": category,
                "OperationalData": {
                    "due": {"Type": "SearchableString", "Value": f"{{% {due} %}}"},
                    "answers": {"Type": "SearchableString", "Value": f"{{% '{folder}' & $day %}}"},
                    "figures": {"Type": "String", "Value": f"{{% {figures} %}}"},
                },
            },
            iam_resources=["*"],
        )


class Reviews(Construct):
    """Everything that is looked at regularly, with the answers at hand when the ticket opens."""

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
        access = [*identities(), *findings_of_access(external=external_access, unused=unused_access)]
        Review(self, "Access", policy=policies.access, tickets=tickets, category="Security", facts=access)
        Review(self, "PenetrationTest", policy=policies.penetration_test, tickets=tickets, category="Security")
        Review(self, "Security", policy=policies.security, tickets=tickets, category="Security")
        Review(
            self,
            "Vulnerabilities",
            policy=policies.vulnerabilities,
            tickets=tickets,
            category="Security",
            facts=[vulnerabilities()],
            only_with_figures=True,
        )
        Review(self, "Cost", policy=policies.cost, tickets=tickets, category="Cost", facts=spent())
        Review(self, "Purchases", policy=policies.purchases, tickets=tickets, category="Cost", facts=purchases())
        right_sizing = Review(
            self, "RightSizing", policy=policies.right_sizing, tickets=tickets, category="Cost", facts=sizes()
        )
        _let_enroll(right_sizing)
        Review(
            self,
            "Unused",
            policy=policies.unused,
            tickets=tickets,
            category="Cost",
            facts=unused(Stack.of(self)),
            only_with_figures=True,
        )


def _let_enroll(review: Review) -> None:
    # "Controlling access with AWS Identity and Access Management", Compute Optimizer user guide.
    service = "compute-optimizer.amazonaws.com"
    role = Stack.of(review).format_arn(
        service="iam",
        region="",
        resource="role",
        resource_name=f"aws-service-role/{service}/AWSServiceRoleForComputeOptimizer",
    )
    review.machine.add_to_role_policy(
        iam.PolicyStatement(
            actions=["iam:CreateServiceLinkedRole"],
            resources=[role],
            conditions={"StringEquals": {"iam:AWSServiceName": service}},
        )
    )

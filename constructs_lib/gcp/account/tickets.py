"""Tickets of regular reviews: opened when due, recorded when done, an alarm when late (SEC-12, CST-7).

A ticket is a file in a bucket, ``open/<due>-<name>.json``. The person who has done the review moves it to ``done/``;
the audit trail records that person. No program of our own is involved: schedules start a workflow, and it calls Google
Cloud.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.storage_bucket import StorageBucket
from cdktf_cdktf_provider_google.storage_bucket_iam_member import StorageBucketIamMember
from cdktf_cdktf_provider_google.workflows_workflow import WorkflowsWorkflow
from constructs import Construct

from constructs_lib import naming
from constructs_lib.gcp.base.google_workflows import WORKFLOW, failed_executions, failed_starts, start, workflow
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.base.metrics import HOUR, Graph, Query, Section, Signal, measured
from constructs_lib.gcp.monitoring.alarms import Alarms
from constructs_lib.gcp.monitoring.log_alarms import log_alarm
from constructs_lib.gcp.monitoring.notifications import Notifications
from constructs_lib.naming import PROJECT, review
from constructs_lib.schedule import review_cron
from constructs_lib.signals.signal import MissingData, Severity, Threshold
from environments import Review as ReviewPolicy

_RUNBOOK = "account/reviews"
_HOURLY = "30 * * * *"
_AT_MOST_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class ReviewQuery:
    """Call of a Google Cloud API whose answer belongs to a review.

    Attributes:
        name: name of the answer's file.
        url: URL of the GET request.
        list: field of the answer that holds the results.
        query: query parameters of the URL.
    """

    name: str
    url: str
    list: str
    query: Mapping[str, str] = field(default_factory=dict)


class Tickets(Construct):
    """Tickets of reviews: schedules that open them, and the alarm on late ones.

    Args:
        name: prefix of the alarms' names.
        region: region of the workflows.
        project: id of the project.
        reports: bucket of the tickets.
        notifications: channels that learn of opened and late tickets.
        key: encryption key of the workflows.

    Attributes:
        account: service account that runs the queries.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        region: str,
        project: str,
        reports: StorageBucket,
        notifications: Notifications,
        key: Key,
    ) -> None:
        super().__init__(scope, construct_id)
        self._region, self._reports, self._key = region, reports, key
        self.account = ServiceAccount(
            self,
            "account",
            account_id=naming.service_account("reviews"),
            display_name="Opens and counts reviews",
        )
        for role in ("workflows.invoker", "logging.logWriter", "monitoring.metricWriter"):
            ProjectIamMember(self, role, project=project, role=f"roles/{role}", member=self.account.member)
        StorageBucketIamMember(
            self, "reports", bucket=reports.name, role="roles/storage.objectUser", member=self.account.member
        )
        self._review = self._workflow("review", "Opens a review")
        self._count = self._workflow("count", "Counts overdue reviews and new critical vulnerabilities")
        self._start(
            "hourly",
            self._count,
            name="hourly-count",
            schedule=_HOURLY,
            description="Counts overdue reviews and new critical vulnerabilities",
            argument={},
        )
        self._add_opened_alarm(name, notifications)
        Alarms(self, "Alarms", name=name, sections=[_section()], notifications=notifications)

    def open(self, construct_id: str, *, policy: ReviewPolicy, queries: Sequence[ReviewQuery]) -> None:
        """Schedule a review.

        Args:
            construct_id: key of the review in ``policy.yaml``, which the schedule and the ticket are named by.
            policy: schedule, deadline and checklist.
            queries: queries whose answers are stored beside the ticket.
        """
        argument = {
            "name": review(construct_id),
            "title": policy.title,
            "due_days": policy.due_days,
            "checklist": list(policy.checklist),
            "runbook": f"docs/runbooks/{_RUNBOOK}.md",
            "questions": [asdict(query) for query in queries],
            "only_with_figures": policy.only_with_figures,
        }
        cron = review_cron(policy)
        schedule = f"{cron.minute} {cron.hour} {cron.day} {cron.month} {cron.weekday}"
        self._start(
            construct_id,
            self._review,
            name=review(construct_id),
            schedule=schedule,
            # Its title is free text, which Terraform would read as a template.
            description=f"Opens the review {construct_id}",
            argument=argument,
        )

    def _start(
        self,
        construct_id: str,
        what: WorkflowsWorkflow,
        *,
        name: str,
        schedule: str,
        description: str,
        argument: object,
    ) -> None:
        start(
            self,
            construct_id,
            what,
            name=f"{PROJECT}-{name}",
            description=description,
            schedule=schedule,
            region=self._region,
            account=self.account,
            body=json.dumps({"argument": json.dumps(argument)}),
        )

    def _workflow(self, name: str, description: str) -> WorkflowsWorkflow:
        return workflow(
            self,
            name,
            name=f"{PROJECT}-{name}",
            description=description,
            steps=f"{name}.yaml",
            region=self._region,
            account=self.account,
            variables={"BUCKET": self._reports.name},
            logged="LOG_ERRORS_ONLY",
            key=self._key,
        )

    def _add_opened_alarm(self, name: str, notifications: Notifications) -> None:
        log_alarm(
            self,
            "opened",
            name=f"{name}-Reviews-Opened",
            severity="WARNING",
            condition="as soon as a review is opened",
            log_filter=f'resource.type="{WORKFLOW}" AND jsonPayload.event="review opened"',
            extracted={label: f"jsonPayload.{label}" for label in ("title", "due", "ticket")},
            subject="Review: $${log.extracted_label.title}, until $${log.extracted_label.due}",
            content="A review is due. First check: its ticket, $${log.extracted_label.ticket}."
            f" Runbook: docs/runbooks/{_RUNBOOK}.md",
            notification_channel=notifications.team,
            at_most_seconds=_AT_MOST_SECONDS,
        )


def _section() -> Section:
    late = Signal(
        name="Late",
        metric=measured("late_reviews", "Overdue reviews"),
        summary="A review is overdue, or the count of overdue reviews is missing.",
        first_check="which tickets are open in the bucket of reports.",
        runbook=_RUNBOOK,
        thresholds={Severity.WARNING: Threshold(value=0, periods=2)},
        missing_data=MissingData.BREACHING,
    )
    weak = Signal(
        name="CriticalWeakness",
        metric=measured("new_critical_weaknesses", "New critical vulnerabilities"),
        summary="A critical vulnerability of an image became known.",
        first_check="which image has it, and whether that one runs.",
        runbook="account/patch",
        thresholds={Severity.CRITICAL: Threshold(value=0, periods=1)},
    )
    failed = Signal(
        name="Failed",
        metric=Query(promql=failed_executions(minutes=HOUR), label="Failed workflows", minutes=HOUR),
        summary="A workflow that opens or counts reviews failed.",
        first_check="the log of its last execution.",
        runbook=_RUNBOOK,
        thresholds={Severity.WARNING: Threshold(value=0, periods=1)},
    )
    not_started = Signal(
        name="NotStarted",
        metric=failed_starts(),
        summary="A schedule could not start its workflow, so a review was not opened or not counted.",
        first_check="the log of the schedule in Cloud Scheduler.",
        runbook=_RUNBOOK,
        thresholds={Severity.WARNING: Threshold(value=0, periods=1)},
    )
    return Section(name="Reviews", graphs=[Graph(title="Reviews", shows=[late, weak, failed, not_started])])

"""Workflows of Google Cloud, and the schedules that start them (DR-4, RBK-1, SEC-12)."""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from cdktf_cdktf_provider_google import cloud_scheduler_job as scheduler
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.workflows_workflow import WorkflowsWorkflow
from constructs import Construct

from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.base.metrics import HOUR, Query, increase, series

WORKFLOW = "workflows.googleapis.com/Workflow"
_STEPS = Path(__file__).parents[3] / "operations" / "gcp"
_SERVICE_AGENT = "gcp-sa-workflows"
_ATTEMPTS = 3


def workflow(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    description: str,
    steps: str,
    region: str,
    account: ServiceAccount,
    variables: Mapping[str, str],
    logged: Literal["LOG_ALL_CALLS", "LOG_ERRORS_ONLY"],
    key: Key,
) -> WorkflowsWorkflow:
    """Add a workflow whose steps are in a file of ``operations/gcp``.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        name: name in Google Cloud.
        description: description of the workflow.
        steps: name of the file.
        region: region that it runs in.
        account: service account that it runs as.
        variables: environment variables, which the steps read by ``sys.get_env``.
        logged: level of call logging.
        key: encryption key of the steps.
    """
    return WorkflowsWorkflow(
        scope,
        construct_id,
        name=name,
        region=region,
        description=description,
        service_account=account.id,
        crypto_key_name=key.key.id,
        call_log_level=logged,
        deletion_protection=False,
        user_env_vars=variables,
        # Expressions of both begin with ${; the second dollar escapes it for Terraform.
        source_contents=(_STEPS / steps).read_text(encoding="utf-8").replace("${", "$${"),
        depends_on=[key.grant_service_agent(_SERVICE_AGENT)],
    )


def start(
    scope: Construct,
    construct_id: str,
    what: WorkflowsWorkflow,
    *,
    name: str,
    description: str,
    schedule: str,
    region: str,
    account: ServiceAccount,
    body: str,
) -> None:
    """Schedule a workflow.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        what: workflow to start.
        name: name of the schedule in Google Cloud.
        description: purpose of the schedule.
        schedule: cron expression, in UTC.
        region: region of the schedule.
        account: service account that starts the workflow.
        body: argument of the execution, as JSON ("Method: projects.locations.workflows.executions.create").
    """
    scheduler.CloudSchedulerJob(
        scope,
        construct_id,
        name=name,
        region=region,
        description=description,
        schedule=schedule,
        time_zone="Etc/UTC",
        http_target=scheduler.CloudSchedulerJobHttpTarget(
            uri=f"https://workflowexecutions.googleapis.com/v1/{what.id}/executions",
            http_method="POST",
            body=b64encode(body.encode()).decode(),
            oauth_token=scheduler.CloudSchedulerJobHttpTargetOauthToken(service_account_email=account.email),
        ),
        retry_config=scheduler.CloudSchedulerJobRetryConfig(retry_count=_ATTEMPTS),
    )


def failed_executions(*, minutes: int, **labels: str) -> str:
    """Return a query of the executions that failed in so many minutes, of all workflows or of those with the labels."""
    ended = series("workflows.googleapis.com/finished_execution_count", resource=WORKFLOW, status="FAILED", **labels)
    return increase(ended, minutes=minutes)


def failed_starts() -> Query:
    """Return the number of scheduled starts that failed in an hour.

    Source: "View logs", Cloud Scheduler documentation: a start that failed is an entry of severity ERROR.
    """
    entries = series("logging.googleapis.com/log_entry_count", resource="cloud_scheduler_job", severity="ERROR")
    return Query(promql=increase(entries, minutes=HOUR), label="Starts that failed", minutes=HOUR)

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
    """Add a workflow whose steps stand in a file of ``operations/gcp``.

    Args:
        scope: what it belongs to.
        construct_id: its name there.
        name: as Google Cloud calls it.
        description: what it does.
        steps: the file's name.
        region: where it runs.
        account: that it runs as.
        variables: what its steps read by ``sys.get_env``.
        logged: which of its calls are logged.
        key: what its steps are encrypted with.
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
        # Its expressions begin as Terraform's do, which the second dollar tells apart.
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
    """Start a workflow at its times.

    Args:
        scope: what the schedule belongs to.
        construct_id: its name there.
        what: the workflow.
        name: as Google Cloud calls the schedule.
        description: what it is for.
        schedule: as cron writes it, in UTC.
        region: where it is kept.
        account: that starts the workflow.
        body: what it is started with, as JSON ("Method: projects.locations.workflows.executions.create").
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

"""Monthly export of the database to Cloud Storage."""

import pytest
import yaml

from tests.gcp.terraform import Stack


@pytest.mark.plan("DR-4")
def test_the_database_is_archived_on_the_first_of_each_month(gcp_environment: Stack) -> None:
    job = gcp_environment.one("google_cloud_scheduler_job", "Archive")
    workflow = gcp_environment.one("google_workflows_workflow", "Archive")
    assert (job["schedule"], job["time_zone"]) == ("0 7 1 * *", "Etc/UTC")
    assert f"/{workflow.type}.{workflow.name}.id}}/executions" in job["http_target"]["uri"].replace("${", "")


@pytest.mark.plan("DR-4")
def test_the_archive_is_an_export_of_the_database_to_the_backups(gcp_environment: Stack) -> None:
    workflow = gcp_environment.one("google_workflows_workflow", "Archive")
    variables = workflow["user_env_vars"]
    bucket = gcp_environment.one("google_storage_bucket", "Storage/backups")
    assert variables["INSTANCE"] == gcp_environment.one("google_sql_database_instance", "Database")
    assert variables["DATABASE"] == gcp_environment.one("google_sql_database")["name"]
    assert variables["FOLDER"] == f"gs://${{{bucket.type}.{bucket.name}.name}}/archive/"
    step = yaml.safe_load(workflow["source_contents"])["main"]["steps"][0]["export"]
    assert step["call"] == "googleapis.sqladmin.v1.instances.export"
    assert step["args"]["body"]["exportContext"]["uri"].startswith('$${sys.get_env("FOLDER")')


@pytest.mark.plan("SEC-9/roles")
def test_who_archives_may_export_and_nothing_else(gcp_environment: Stack) -> None:
    account = gcp_environment.one("google_service_account", "Archive")
    role = gcp_environment.one("google_project_iam_custom_role", "Archive")
    assert role["permissions"] == ["cloudsql.instances.export", "cloudsql.instances.get"]
    grants = gcp_environment.resources("google_project_iam_member", member=account)
    assert {grant["role"] if isinstance(grant["role"], str) else grant["role"].path for grant in grants} == {
        role.path,
        "roles/workflows.invoker",
        "roles/logging.logWriter",
    }


@pytest.mark.plan("SEC-5")
def test_the_workflow_is_encrypted_with_the_environments_key(gcp_environment: Stack) -> None:
    workflow = gcp_environment.one("google_workflows_workflow", "Archive")
    assert workflow["crypto_key_name"]["key_ring"]["location"] == workflow["region"]

"""Every job that runs without a person has an alarm that names it, in its project."""

import re
from collections.abc import Callable, Mapping

import pytest

from tests.gcp.terraform import Assembly, Resource, Stack

POLICY = "google_monitoring_alert_policy"
CERTIFICATE = "google_certificate_manager_certificate"
EXPIRY = "uptime_check_time_until_ssl_cert_expires"
# What must stand in the query of an alarm for each resource that runs by itself; {name} is its name.
JOBS: Mapping[str, str] = {
    "google_cloud_scheduler_job": 'log_entry_count{monitored_resource="cloud_scheduler_job"',
    "google_eventarc_trigger": "subscription_num_undelivered_messages",
    "google_logging_project_sink": "exports_error_count",
    "google_monitoring_uptime_check_config": "uptime_check_check_passed",
    "google_workflows_workflow": 'workflows_googleapis_com:finished_execution_count{monitored_resource="workflows',
}
# The same for some resources of a type.
CONDITIONAL: Mapping[str, Callable[[Resource], Mapping[str, bool]]] = {
    "google_sql_database_instance": lambda it: {
        "goodies_backup_age": "backup_configuration" in it["settings"],
        "goodies_point_in_time_age": "backup_configuration" in it["settings"],
        "goodies_database_authority_days": "backup_configuration" in it["settings"],
        "replication_replica_lag": "master_instance_name" in it.body,
    },
    "google_redis_instance": lambda _: {"goodies_cache_authority_days": True},
    "google_storage_bucket": lambda it: {
        f'replication_meeting_rpo{{monitored_resource="gcs_bucket",bucket_name="${{{it.type}.{it.name}.name}}"': it.get(
            "rpo"
        )
        == "ASYNC_TURBO"
    },
}
# Types that do nothing by themselves, or whose work Google does and answers for: rotation of keys, patches of nodes.
PASSIVE = """
    google_artifact_registry_repository google_artifact_registry_repository_iam_member google_billing_budget
    google_binary_authorization_policy google_certificate_manager_certificate_map
    google_certificate_manager_certificate_map_entry google_certificate_manager_dns_authorization
    google_compute_backend_bucket google_compute_backend_service google_compute_firewall google_compute_global_address
    google_compute_global_forwarding_rule google_compute_health_check google_compute_network
    google_compute_security_policy google_compute_ssl_policy google_compute_subnetwork google_compute_target_http_proxy
    google_compute_target_https_proxy google_compute_url_map google_container_cluster google_dns_managed_zone
    google_dns_record_set google_kms_crypto_key google_kms_crypto_key_iam_member google_kms_key_ring
    google_logging_project_bucket_config google_logging_project_exclusion google_monitoring_alert_policy
    google_monitoring_dashboard google_monitoring_notification_channel google_project_iam_audit_config
    google_project_iam_custom_role google_project_iam_member google_pubsub_topic google_pubsub_topic_iam_member
    google_secret_manager_secret google_secret_manager_secret_iam_member google_secret_manager_secret_version
    google_service_account google_service_networking_connection google_sql_database google_sql_user
    google_storage_bucket_iam_member
"""


def queries(stack: Stack) -> list[str]:
    """Return the queries of all alarms that notify somebody."""
    return [
        condition["condition_prometheus_query_language"]["query"]
        for policy in stack.resources(POLICY)
        if policy.get("notification_channels")
        for condition in policy["conditions"]
        if "condition_prometheus_query_language" in condition
    ]


def silent(stack: Stack) -> list[str]:
    """Name the jobs of a stack that no alarm names."""
    known = " ".join(queries(stack))
    return [
        f"{job}: {wanted}"
        for job in stack.resources()
        for wanted, needed in _wanted(job).items()
        if needed and wanted not in known
    ]


def _wanted(job: Resource) -> Mapping[str, bool]:
    if job.type == CERTIFICATE:
        # An environment without the check from outside has nothing that reads the certificate.
        return {EXPIRY: bool(job.stack.resources("google_monitoring_uptime_check_config"))}
    if job.type in JOBS:
        return {JOBS[job.type]: True}
    return CONDITIONAL[job.type](job) if job.type in CONDITIONAL else {}


@pytest.mark.plan("DR-1", "DR-2", "DR-4", "SEC-11", "SEC-12")
def test_the_failure_of_every_job_is_told_in_its_project(gcp: Assembly) -> None:
    assert [job for stack in gcp.stacks.values() for job in silent(stack)] == []


def test_every_type_is_known_to_run_by_itself_or_not(gcp: Assembly) -> None:
    kinds = {resource.type for stack in gcp.stacks.values() for resource in stack.resources()}
    google = {kind for kind in kinds if kind.startswith("google_")}
    assert sorted(google - {*PASSIVE.split()} - JOBS.keys() - CONDITIONAL.keys() - {CERTIFICATE}) == []


@pytest.mark.plan("DR-4", "SEC-12")
def test_every_schedule_that_does_not_run_is_missed(gcp: Assembly) -> None:
    """A job that is paused writes no error: an alarm goes off because a number that it brings about is missing."""
    for stack in gcp.stacks.values():
        absent = " ".join(query for query in queries(stack) if "absent(" in query)
        written = "goodies_late_reviews" if stack.name == "gcp-shared" else "goodies_archive_age"
        assert written in absent, stack.name


def test_each_job_without_its_alarm_is_found(gcp_prod: Stack) -> None:
    assert silent(gcp_prod) == []
    for wanted in (*JOBS.values(), EXPIRY, "goodies_backup_age", "replication_replica_lag", "replication_meeting_rpo"):

        def forget(stack: Stack, wanted: str = wanted) -> None:
            for policy in stack.resources(POLICY):
                if wanted in str(policy.body["conditions"]):
                    policy.body["notification_channels"] = []

        assert silent(gcp_prod.changed(forget)) != [], wanted


def test_every_number_that_an_alarm_reads_is_written(gcp: Assembly) -> None:
    """A metric of our own exists only if a workflow of the project writes it."""
    for stack in gcp.stacks.values():
        read = set(re.findall(r"custom_googleapis_com:goodies_(\w+)", " ".join(queries(stack))))
        steps = " ".join(workflow["source_contents"] for workflow in stack.resources("google_workflows_workflow"))
        assert [name for name in read if not re.search(rf"name: {name}\b", steps)] == [], stack.name

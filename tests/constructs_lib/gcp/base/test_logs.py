"""Log buckets of Cloud Logging: retention, encryption, exclusions."""

import pytest

from tests.gcp.terraform import Resource, Stack

DAYS = {"network": 30, "database": 30, "cache": 30, "service": 90, "edge": 30}


def kept(stack: Stack) -> dict[str, Resource]:
    return {bucket["bucket_id"]: bucket for bucket in stack.resources("google_logging_project_bucket_config", "Logs")}


@pytest.mark.plan("GCP-11", "SEC-11")
def test_logs_are_kept_as_long_as_the_data_says(gcp_environment: Stack) -> None:
    assert {name: bucket["retention_days"] for name, bucket in kept(gcp_environment).items()} == DAYS


@pytest.mark.plan("SEC-5")
def test_logs_are_encrypted_with_the_environments_key(gcp_environment: Stack) -> None:
    for name, bucket in kept(gcp_environment).items():
        key = bucket["cmek_settings"]["kms_key_name"]
        assert key["key_ring"]["location"] == bucket["location"], name


@pytest.mark.plan("GCP-11", "CST-8")
@pytest.mark.parametrize("component", DAYS)
def test_an_entry_is_kept_once(gcp_environment: Stack, component: str) -> None:
    bucket = kept(gcp_environment)[component]
    sink = gcp_environment.one("google_logging_project_sink", "Logs", name=component)
    assert sink["destination"] == f"logging.googleapis.com/${{{bucket.type}.{bucket.name}.id}}"
    assert gcp_environment.one("google_logging_project_exclusion", name=component)["filter"] == sink["filter"]


@pytest.mark.plan("SEC-11", "IMP-2/slow-queries")
@pytest.mark.parametrize(
    ("component", "entry"),
    [
        ("network", "compute.googleapis.com/vpc_flows"),
        ("network", "compute.googleapis.com/firewall"),
        ("database", "cloudsql_database"),
        ("service", 'namespace_name="goodies"'),
        ("edge", "http_load_balancer"),
    ],
)
def test_each_component_has_its_own(gcp_environment: Stack, component: str, entry: str) -> None:
    assert entry in gcp_environment.one("google_logging_project_sink", "Logs", name=component)["filter"]


@pytest.mark.plan("SEC-11")
@pytest.mark.parametrize("component", ["database", "cache"])
def test_who_did_what_is_kept_elsewhere(gcp_environment: Stack, component: str) -> None:
    written = gcp_environment.one("google_logging_project_sink", "Logs", name=component)["filter"]
    assert '-logName:"cloudaudit.googleapis.com"' in written

"""Audit logs: log sinks of every project, the locked log bucket, encryption."""

import pytest

from tests.gcp.terraform import Assembly, Stack

BUCKET = "google_logging_project_bucket_config"


@pytest.mark.plan("SEC-11")
def test_every_read_of_what_holds_data_is_recorded_in_every_project(gcp: Assembly) -> None:
    """Google records every change by itself; reads of data, secrets, keys, images and permissions are recorded, too."""
    for stack in gcp.stacks.values():
        configs = stack.resources("google_project_iam_audit_config")
        assert {config["service"].removesuffix(".googleapis.com") for config in configs} == {
            "artifactregistry",
            "cloudkms",
            "cloudsql",
            "iam",
            "secretmanager",
            "storage",
        }, stack.name
        for config in configs:
            kinds = {entry["log_type"] for entry in config["audit_log_config"]}
            assert kinds == {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}, config
            assert not any(entry.get("exempted_members") for entry in config["audit_log_config"]), config


@pytest.mark.plan("SEC-11")
def test_no_read_is_stored_and_paid_twice(gcp: Assembly) -> None:
    for stack in gcp.stacks.values():
        exclusion = stack.one("google_logging_project_exclusion", "Records")
        sink = stack.one("google_logging_project_sink", "Records")
        assert 'log_id("cloudaudit.googleapis.com/data_access")' in exclusion["filter"]
        assert set(exclusion["filter"].split(" OR ")) <= set(sink["filter"].split(" OR "))
        assert f"{sink.type}.{sink.name}" in exclusion["depends_on"]


@pytest.mark.plan("SEC-11")
def test_the_records_of_every_project_lie_in_the_shared_one(gcp: Assembly) -> None:
    shared = gcp.stacks["gcp-shared"]
    bucket = shared.one(BUCKET)
    place = f"projects/example-goodies-shared/locations/{bucket['location']}/buckets/{bucket['bucket_id']}"
    for stack in gcp.stacks.values():
        sink = stack.one("google_logging_project_sink", "Records")
        assert sink["destination"] == f"logging.googleapis.com/{place}", stack.name
        assert 'log_id("cloudaudit.googleapis.com/activity")' in sink["filter"]
        assert 'log_id("cloudaudit.googleapis.com/data_access")' in sink["filter"]


@pytest.mark.plan("SEC-11", "SEC-9/roles")
def test_a_project_may_write_to_the_trail_and_no_further(gcp: Assembly) -> None:
    assert gcp.stacks["gcp-shared"].resources("google_project_iam_member", "Records") == []
    for stack in (stack for name, stack in gcp.stacks.items() if name != "gcp-shared"):
        grant = stack.one("google_project_iam_member", "Records")
        assert (grant["project"], grant["role"]) == ("example-goodies-shared", "roles/logging.bucketWriter")
        sink = stack.one("google_logging_project_sink", "Records")
        assert grant["member"] == sink
        assert sink["destination"].endswith(grant["condition"]["expression"].split('"')[1])


@pytest.mark.plan("SEC-11")
def test_records_are_kept_for_a_year_and_encrypted(gcp_shared: Stack) -> None:
    bucket = gcp_shared.one(BUCKET)
    assert bucket["retention_days"] >= 365
    key = bucket["cmek_settings"]["kms_key_name"]
    assert key["key_ring"]["location"] == bucket["location"]


@pytest.mark.plan("SEC-11")
def test_the_trail_is_there_before_the_sink_of_its_own_project(gcp_shared: Stack) -> None:
    trail = gcp_shared.one(BUCKET, "Trail")
    assert f"{BUCKET}.{trail.name}" in gcp_shared.one("google_logging_project_sink", "Records")["depends_on"]

"""Audit logs: log sinks of every project, the locked log bucket, encryption."""

import pytest

from tests.gcp.terraform import Assembly, Stack

BUCKET = "google_logging_project_bucket_config"


@pytest.mark.plan("SEC-11")
def test_every_call_in_every_project_is_recorded(gcp: Assembly) -> None:
    for stack in gcp.stacks.values():
        config = stack.one("google_project_iam_audit_config")
        assert config["service"] == "allServices"
        kinds = {entry["log_type"] for entry in config["audit_log_config"]}
        assert kinds == {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}, stack.name
        assert not any(entry.get("exempted_members") for entry in config["audit_log_config"]), stack.name


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
    for stack in gcp.stacks.values():
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

"""The workflow that measures backups, archives and certificate authorities, run as it is synthesized."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.gcp.google_workflows import CallError, Workflow
from tests.gcp.terraform import Stack

NOW = datetime(2026, 11, 5, 6, tzinfo=UTC)
DATABASE = {
    "createTime": "2026-11-01T06:00:00Z",
    "serverCaCert": {"expirationTime": "2026-11-25T06:00:00Z"},
}
AUTHORITIES = [{"expireTime": "2030-11-05T06:00:00Z"}, {"expireTime": "2026-12-05T06:00:00Z"}]


def measure(
    stack: Stack,
    *,
    backups: list[Mapping[str, str]],
    archives: list[Mapping[str, str]],
    cache: str = "projects/p/locations/r/instances/goodies",
    latest: str | None = "2026-11-05T05:54:00Z",
) -> dict[str, float]:
    """Return the numbers that a run writes."""
    written: dict[str, float] = {}

    def get(arguments: Mapping[str, Any]) -> Any:
        if "redis" in arguments["url"]:
            assert arguments["url"].endswith(cache)
            return {"body": {"serverCaCerts": AUTHORITIES}}
        assert arguments["url"].endswith("/projects/p/instances/goodies/getLatestRecoveryTime")
        if latest is None:
            raise CallError({"code": 400, "tags": ["HttpError"]})
        return {"body": {"latestRecoveryTime": latest} if latest else {}}

    def write(arguments: Mapping[str, Any]) -> None:
        for entry in arguments["body"]["timeSeries"]:
            name = entry["metric"]["type"].removeprefix("custom.googleapis.com/goodies/")
            written[name] = entry["points"][0]["value"]["doubleValue"]

    Workflow(
        stack.one("google_workflows_workflow", "BackupAges")["source_contents"].replace("$${", "${"),
        {
            "INSTANCE": "goodies",
            "BUCKET": "backups",
            "PREFIX": "archive/",
            "CACHE": cache,
            "GOOGLE_CLOUD_PROJECT_ID": "p",
        },
        {
            "http.get": get,
            "googleapis.sqladmin.v1.instances.get": lambda _: DATABASE,
            "googleapis.sqladmin.v1.backupRuns.list": lambda _: {"items": backups} if backups else {},
            "googleapis.storage.v1.objects.list": lambda _: {"items": archives} if archives else {},
            "googleapis.monitoring.v3.projects.timeSeries.create": write,
        },
        NOW.timestamp(),
    ).run({})
    return written


@pytest.mark.plan("DR-1", "DR-2", "DR-4")
def test_the_newest_of_each_kind_is_measured(gcp_environment: Stack) -> None:
    numbers = measure(
        gcp_environment,
        backups=[
            {"status": "FAILED", "endTime": "2026-11-05T03:30:00Z"},
            {"status": "SUCCESSFUL", "endTime": "2026-11-04T06:00:00Z"},
            {"status": "SUCCESSFUL", "endTime": "2026-11-03T06:00:00Z"},
            {"status": "RUNNING"},
        ],
        archives=[{"timeCreated": "2026-11-01T07:00:00Z"}, {"timeCreated": "2026-11-03T06:00:00Z"}],
    )
    assert numbers == {
        "point_in_time_age": pytest.approx(0.1),
        "backup_age": 24,
        "archive_age": 48,
        "database_authority_days": 20,
        "cache_authority_days": 30,
    }


@pytest.mark.plan("DR-1", "DR-4")
def test_before_the_first_backup_the_age_is_the_databases(gcp_environment: Stack) -> None:
    numbers = measure(gcp_environment, backups=[], archives=[])
    assert (numbers["backup_age"], numbers["archive_age"]) == (96, 96)


@pytest.mark.plan("DR-2")
@pytest.mark.parametrize("latest", [None, ""])
def test_before_a_point_in_time_the_age_is_the_databases(gcp_environment: Stack, latest: str | None) -> None:
    """Cloud SQL refuses the question or leaves the answer out; the other numbers are measured all the same."""
    numbers = measure(gcp_environment, backups=[], archives=[], latest=latest)
    assert (numbers["point_in_time_age"], numbers["backup_age"]) == (96, 96)
    assert numbers["database_authority_days"] == 20


def test_valkey_has_no_date(gcp_environment: Stack) -> None:
    assert "cache_authority_days" not in measure(gcp_environment, backups=[], archives=[], cache="")


@pytest.mark.plan("SEC-9/roles")
def test_who_measures_reads_no_backup(gcp_environment: Stack) -> None:
    role = gcp_environment.one("google_project_iam_custom_role", "BackupAges")
    assert role["permissions"] == ["cloudsql.backupRuns.list", "cloudsql.instances.get", "redis.instances.get"]
    grant = gcp_environment.one("google_storage_bucket_iam_member", "BackupAges")
    assert grant["role"] == "roles/storage.legacyBucketReader"

"""Ages of backups, copies and archives, as the synthesized state machine measures them, and replication of objects."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assembly.values import Json
from tests.aws.alarms import alarms, receivers
from tests.aws.resources import Environment
from tests.aws.state_machines import run

STATE_MACHINE = "AWS::StepFunctions::StateMachine"
DESCRIBE = "rds:describeDBInstances"
BACKUPS = "backup:listRecoveryPointsByBackupVault"
COPIES = "backup:listCopyJobs"
ARCHIVES = "rds:describeExportTasks"


def ago(**duration: float) -> str:
    return (datetime.now(UTC) - timedelta(**duration)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ages(environment: Environment, answers: dict[str, list[Json]]) -> dict[str, float]:
    """Return the ages in hours that are measured for these answers of AWS."""
    (machine,) = (each for each in environment.resources(STATE_MACHINE) if each.path.startswith("BackupAges"))
    instance = {"InstanceCreateTime": ago(days=100), "LatestRestorableTime": ago(minutes=3)}
    done = run(machine, {}, {DESCRIBE: [{"DbInstances": [instance]}], **answers})
    measured: list[Any] = [call["MetricData"][0] for call in done.calls["cloudwatch:putMetricData"]]
    return {metric["MetricName"]: metric["Value"] for metric in measured}


@pytest.mark.plan("DR-1", "DR-2", "DR-3", "DR-4")
def test_the_newest_of_each_kind_that_is_complete_counts(prod: Environment) -> None:
    points = [
        {"Status": "COMPLETED", "CreationDate": ago(hours=20)},
        {"Status": "COMPLETED", "CreationDate": ago(hours=44)},
        {"Status": "PARTIAL", "CreationDate": ago(hours=1)},
    ]
    copies = [{"State": "COMPLETED", "CompletionDate": ago(hours=19)}]
    archives = [
        {"Status": "COMPLETE", "TaskEndTime": ago(days=20)},
        {"Status": "FAILED", "TaskEndTime": ago(days=1)},
    ]
    measured = ages(
        prod,
        {BACKUPS: [{"RecoveryPoints": points}], COPIES: [{"CopyJobs": copies}], ARCHIVES: [{"ExportTasks": archives}]},
    )
    expected = {"PointInTimeAge": 0.05, "BackupAge": 20, "CopyAge": 19, "ArchiveAge": 480}
    assert measured == pytest.approx(expected, abs=0.01)


@pytest.mark.plan("DR-1", "DR-3", "DR-4")
def test_without_any_the_age_of_the_database_counts(prod: Environment) -> None:
    measured = ages(prod, {})
    assert {name for name, hours in measured.items() if hours > 99 * 24} == {"BackupAge", "CopyAge", "ArchiveAge"}


@pytest.mark.plan("DR-1", "DR-2", "DR-3", "DR-4")
def test_each_age_is_an_alarm_which_also_notices_that_it_is_not_measured(environment: Environment) -> None:
    limits = {"PointInTimeAge": 0.25, "BackupAge": 36, "CopyAge": 36, "ArchiveAge": 33 * 24}
    measured = ages(environment, {})
    for name in measured:
        alarm = alarms(environment)[f"Backups-{name}-Warning"]
        assert (alarm["MetricName"], alarm["Threshold"]) == (name, limits[name])
        assert alarm["TreatMissingData"] == "breaching"
        assert receivers(environment, alarm), alarm
    assert ("CopyAge" in measured) == bool(environment.resources("AWS::KMS::ReplicaKey"))


@pytest.mark.plan("DR-9", "DR-12")
def test_objects_that_are_not_replicated_or_late_are_alarms_where_s3_counts_them(prod: Environment) -> None:
    for name in ("Assets", "Uploads", "Backups"):
        failed = alarms(prod)[f"Backups-{name}NotReplicated-Warning"]
        behind = alarms(prod)[f"Copies-{name}Behind-Warning"]
        assert (failed["MetricName"], failed.region) == ("OperationsFailedReplication", "us-east-1")
        assert (behind["MetricName"], behind.region) == ("ReplicationLatency", "us-west-2")
        assert behind["Threshold"] == 15 * 60
        source = prod.one("AWS::S3::Bucket", f"Data/Storage/{name}")
        (rule,) = source["ReplicationConfiguration"]["Rules"]
        for alarm in (failed, behind):
            assert {item["Name"]: item["Value"] for item in alarm["Dimensions"]} == {
                "SourceBucket": source,
                "DestinationBucket": rule["Destination"]["Bucket"],
                "RuleId": rule["Id"],
            }
            assert receivers(prod, alarm)

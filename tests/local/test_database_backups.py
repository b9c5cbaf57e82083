"""Backups of databases on the embedded cloud: the restorable time moves on while there are any; nothing is exported."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from local.cloud import EmbeddedCloud


@pytest.mark.parametrize(("retention", "moves"), [(7, True), (0, False)])
def test_a_database_of_yesterday_can_be_restored_to_minutes_ago(
    own_cloud: EmbeddedCloud, retention: int, moves: bool
) -> None:
    own_cloud.account = "111122223333"
    instance = {"Engine": "postgres", "DBInstanceClass": "db.m7g.large", "AllocatedStorage": 20}
    user = {"MasterUsername": "me", "MasterUserPassword": "a long password"}
    own_cloud.client("rds").create_db_instance(
        DBInstanceIdentifier="old", BackupRetentionPeriod=retention, **instance, **user
    )
    own_cloud.stop()
    state = own_cloud.directory / "state" / "rds.json"
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    times = r'("(?:InstanceCreateTime|LatestRestorableTime)": ")\d{4}-\d\d-\d\d'
    state.write_text(re.sub(times, rf"\g<1>{yesterday}", state.read_text()))
    own_cloud.start()
    (found,) = own_cloud.client("rds").describe_db_instances()["DBInstances"]
    age = datetime.now(UTC) - found["LatestRestorableTime"]
    assert (age < timedelta(minutes=10)) is moves
    assert datetime.now(UTC) - found["InstanceCreateTime"] > timedelta(hours=1)


def test_no_export_has_been_begun(cloud: EmbeddedCloud) -> None:
    filters = [{"Name": "s3-bucket", "Values": ["archive"]}]
    assert cloud.client("rds").describe_export_tasks(Filters=filters)["ExportTasks"] == []

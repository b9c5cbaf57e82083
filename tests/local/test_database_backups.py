"""Backups of databases on the embedded cloud: the restorable time moves on while there are any; nothing is exported."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.body.deployed import Deployed, Place
from local.body.deployed_databases import read_instances
from local.cloud import EmbeddedCloud
from tests.local.stacks import create

FIRST, LAST = (int(time.time()) - minutes * 60 for minutes in (10, 5))


def at(when: int) -> datetime:
    return datetime.fromtimestamp(when, UTC)


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


@pytest.fixture
def kept(cloud: EmbeddedCloud) -> Iterator[str]:
    """A database whose backups reach from ten minutes ago to five minutes ago."""
    properties = {
        "DBInstanceIdentifier": "kept",
        "Engine": "postgres",
        "EngineVersion": "18",
        "DBInstanceClass": "db.m7g.large",
        "AllocatedStorage": "20",
        "MasterUsername": "me",
        "MasterUserPassword": "a long password",
        "BackupRetentionPeriod": 7,
        "MultiAZ": True,
    }
    stack = create(cloud, {"Kept": ("AWS::RDS::DBInstance", properties)})
    place = {"Account": cloud.account, "Region": "us-east-1"}
    cloud.control("restorable", {**place, "Identifier": "kept", "First": FIRST, "Last": LAST})
    yield "kept"
    stack.delete()


@pytest.mark.plan("DR-2")
@pytest.mark.parametrize(
    ("target", "when", "time"),
    [("to-a-time", {"RestoreTime": at(FIRST)}, FIRST), ("to-the-last", {"UseLatestRestorableTime": True}, LAST)],
    ids=["a time", "the last time"],
)
def test_what_is_archived_is_restored_into_a_new_database(
    cloud: EmbeddedCloud, kept: str, target: str, when: dict[str, Any], time: int
) -> None:
    rds, place = cloud.client("rds"), Place(cloud.account, "us-east-1")
    (source,) = rds.describe_db_instances(DBInstanceIdentifier=kept)["DBInstances"]
    assert source["LatestRestorableTime"].timestamp() == LAST
    made = rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier=kept, TargetDBInstanceIdentifier=target, **when
    )["DBInstance"]
    found = {each.identifier: each for each in read_instances(Deployed(cloud, [place]), place)}
    rds.delete_db_instance(DBInstanceIdentifier=target, SkipFinalSnapshot=True)
    assert (made["MultiAZ"], made["BackupRetentionPeriod"], made["EngineVersion"]) == (False, 7, "18")
    assert made["DbiResourceId"] != source["DbiResourceId"]
    assert made["Endpoint"]["Address"] == source["Endpoint"]["Address"].replace(kept, target)
    assert (found[kept].restored_from, found[kept].backup_days) == ("", 7)
    restored = found[target]
    assert (restored.restored_from, restored.restored_to) == (source["DBInstanceArn"], time)
    assert (restored.user, restored.password, restored.parameters) == ("me", "a long password", {})


@pytest.mark.plan("DR-2")
@pytest.mark.parametrize("when", [FIRST - 1, LAST + 1], ids=["before", "after"])
def test_a_time_that_is_not_archived_is_refused(cloud: EmbeddedCloud, kept: str, when: int) -> None:
    rds = cloud.client("rds")
    with pytest.raises(ClientError, match=r"\(InvalidParameterValue\).*: The restore time .* is not between"):
        rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=kept, TargetDBInstanceIdentifier="refused", RestoreTime=at(when)
        )
    assert not [
        each for each in rds.describe_db_instances()["DBInstances"] if each["DBInstanceIdentifier"] == "refused"
    ]

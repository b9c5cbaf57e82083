"""Backups of databases, as RDS tells of them: the latest restorable time moves on, and exports can be asked for.

MiniStack leaves the time at the creation of the database. RDS uploads the transaction logs every five minutes
("Restoring a DB instance to a specified time", RDS user guide). MiniStack begins no export, so there is none.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.emulator.ministack_internals import DATABASE_ACTIONS, DATABASE_XML

_UPLOAD_SECONDS = 300
_NO_EXPORTS = (
    '<DescribeExportTasksResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/">'
    "<DescribeExportTasksResult><ExportTasks/></DescribeExportTasksResult>"
    "</DescribeExportTasksResponse>"
)


def install() -> None:
    """Patch what RDS tells. Called once."""
    DATABASE_XML.wrap(_moving_on)
    DATABASE_ACTIONS.value["DescribeExportTasks"] = lambda _: (
        200,
        {"Content-Type": "application/xml"},
        _NO_EXPORTS.encode(),
    )


def _moving_on(original: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    def described(instance: dict[str, Any]) -> str:
        if not int(instance.get("BackupRetentionPeriod") or 0):
            return original(instance)
        uploaded = datetime.fromtimestamp(time.time() // _UPLOAD_SECONDS * _UPLOAD_SECONDS, UTC)
        latest = max(f"{uploaded:%Y-%m-%dT%H:%M:%SZ}", str(instance.get("InstanceCreateTime", "")))
        return original({**instance, "LatestRestorableTime": latest})

    return described

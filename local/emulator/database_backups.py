"""Backups of databases, as RDS tells of them: the latest restorable time, new databases of old ones, and exports.

The body has the backups and reports the times that they reach to. Where it serves no database, the latest restorable
time moves on all the same: MiniStack leaves it at the creation of the database, and RDS uploads the transaction logs
every five minutes ("Restoring a DB instance to a specified time", RDS user guide). MiniStack begins no export, so there
is none.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_xml,
    get_account_id,
    get_region,
    request_scope,
)

from local.emulator.ministack_internals import DATABASE_ACTIONS, DATABASE_XML, DATABASES

Answer: TypeAlias = tuple[int, dict[str, str], bytes]

_NAMESPACE = "http://rds.amazonaws.com/doc/2014-10-31/"
_UPLOAD_SECONDS = 300
_RESTORE = "RestoreDBInstanceToPointInTime"
_NO_EXPORTS = (
    f'<DescribeExportTasksResponse xmlns="{_NAMESPACE}">'
    "<DescribeExportTasksResult><ExportTasks/></DescribeExportTasksResult>"
    "</DescribeExportTasksResponse>"
)
# "The target database is created with most of the original configuration" (RestoreDBInstanceToPointInTime, API
# reference): not with its groups, nor with its standby.
_INHERITED = (
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBName",
    "Engine",
    "EngineVersion",
    "KmsKeyId",
    "MasterUsername",
    "MaxAllocatedStorage",
    "StorageEncrypted",
    "StorageType",
)
_OF_THE_RESTORE = ("RestoreTime", "SourceDBInstanceIdentifier", "TargetDBInstanceIdentifier", "UseLatestRestorableTime")
_windows: Any = AccountRegionScopedDict()


class _RefusedError(Exception):
    """A refusal of RDS: the code of the error, and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def install() -> None:
    """Patch what RDS tells. Called once."""
    DATABASE_XML.wrap(_moving_on)
    actions = DATABASE_ACTIONS.value
    actions["DescribeExportTasks"] = lambda _: (200, {"Content-Type": "application/xml"}, _NO_EXPORTS.encode())
    actions[_RESTORE] = _restore_or_refuse


def report(window: Mapping[str, Any]) -> None:
    """Take the times to which a database can be restored.

    Args:
        window: ``Account``, ``Region`` and ``Identifier`` of the database, and its ``First`` and ``Last`` time in
            seconds since the epoch.
    """
    with request_scope(window["Account"], window["Region"]):
        _windows[window["Identifier"]] = window["First"], window["Last"]


def restores(account: str, region: str) -> dict[str, Any]:
    """Return the databases of a place that are restored, each with the ARN it is ``From`` and the time it is ``To``."""
    with request_scope(account, region):
        return {name: record["_Restored"] for name, record in DATABASES.value.items() if "_Restored" in record}


def _moving_on(original: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    def described(instance: dict[str, Any]) -> str:
        if not int(instance.get("BackupRetentionPeriod") or 0):
            return original(instance)
        return original({**instance, "LatestRestorableTime": _latest(instance)})

    return described


def _latest(instance: Mapping[str, Any]) -> str:
    if window := _windows.get(instance["DBInstanceIdentifier"]):
        return _text(window[1])
    uploaded = _text(time.time() // _UPLOAD_SECONDS * _UPLOAD_SECONDS)
    return max(uploaded, str(instance.get("InstanceCreateTime", "")))


def _text(when: float) -> str:
    return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _restore_or_refuse(request: Mapping[str, Any]) -> Answer:
    given = {name: value[0] if isinstance(value, list) else value for name, value in request.items()}
    try:
        return _restore(given)
    except _RefusedError as refusal:
        answer: Answer = error_response_xml(refusal.code, str(refusal), 400, _NAMESPACE)
        return answer


def _restore(given: Mapping[str, str]) -> Answer:
    """Create a database as another one is, and note of which time the body gives it the data."""
    name = given.get("SourceDBInstanceIdentifier", "").rpartition(":")[2]
    source = DATABASES.value.get(name)
    if source is None:
        raise _RefusedError("DBInstanceNotFound", f"DBInstance {name} not found.")
    if not int(source.get("BackupRetentionPeriod") or 0):
        raise _RefusedError("PointInTimeRestoreNotEnabled", f"Point in time restore is not enabled for {name}.")
    to = _restore_time(given, source)
    inherited = {key: _query(source[key]) for key in _INHERITED if source.get(key) not in (None, "")}
    wanted = {key: value for key, value in given.items() if key not in _OF_THE_RESTORE}
    target = {
        "MasterUserPassword": source.get("_MasterUserPassword", ""),
        **inherited,
        "Port": _query(source["Endpoint"]["Port"]),
        **wanted,
        "DBInstanceIdentifier": given["TargetDBInstanceIdentifier"],
    }
    status, headers, body = DATABASE_ACTIONS.value["CreateDBInstance"](target)
    if status != 200:  # noqa: PLR2004 - of HTTP
        return status, headers, body
    made = DATABASES.value[target["DBInstanceIdentifier"]]
    made["_Restored"] = {"From": f"arn:aws:rds:{get_region()}:{get_account_id()}:db:{name}", "To": to}
    # The rest of the name is that of the account and region.
    if domain := source["Endpoint"]["Address"].partition(".")[2]:
        made["Endpoint"]["Address"] = f"{target['DBInstanceIdentifier']}.{domain}"
    return 200, {"Content-Type": "application/xml"}, _restored(DATABASE_XML.value(made)).encode()


def _restored(instance: str) -> str:
    result = f"<{_RESTORE}Result><DBInstance>{instance}</DBInstance></{_RESTORE}Result>"
    return f'<{_RESTORE}Response xmlns="{_NAMESPACE}">{result}</{_RESTORE}Response>'


def _restore_time(given: Mapping[str, str], source: Mapping[str, Any]) -> int:
    """Return the time that a request names, in seconds since the epoch."""
    latest = datetime.fromisoformat(_latest(source))
    if given.get("UseLatestRestorableTime") == "true":
        if "RestoreTime" in given:
            raise _RefusedError(
                "InvalidParameterCombination", "RestoreTime cannot be specified with UseLatestRestorableTime."
            )
        return int(latest.timestamp())
    if "RestoreTime" not in given:
        raise _RefusedError(
            "InvalidParameterCombination", "Either RestoreTime or UseLatestRestorableTime must be specified."
        )
    when = datetime.fromisoformat(given["RestoreTime"])
    window = _windows.get(source["DBInstanceIdentifier"])
    first = datetime.fromtimestamp(window[0], UTC) if window else datetime.fromisoformat(source["InstanceCreateTime"])
    # "RestoreTime" of the API reference: before the latest restorable time. The words are not documented.
    if not first <= when <= latest:
        raise _RefusedError(
            "InvalidParameterValue",
            f"The restore time {_text(when.timestamp())} is not between the earliest and the latest restorable time,"
            f" {_text(first.timestamp())} and {_text(latest.timestamp())}.",
        )
    return int(when.timestamp())


def _query(value: Any) -> str:
    """Return a value as a request has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)

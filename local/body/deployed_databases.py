"""RDS instances as they are deployed: what RDS's API answers, and the master password that RDS was given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.body.deployed import Deployed, Place

# Nobody sets a parameter of these ("Parameter groups for Amazon RDS", RDS user guide), and the emulator has none.
_DEFAULT_GROUP = "default."


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A database instance.

    Attributes:
        place: its account and region.
        identifier: that its template gives it.
        resource_id: of this instance; one that is made anew under the same identifier has another.
        arn: of the instance.
        engine: such as ``postgres``.
        version: of the engine, such as ``18`` or ``18.1``.
        host: of its endpoint.
        port: of its endpoint.
        database: name of the database that it is made with; empty for none.
        user: name of the master user.
        password: that RDS was given for the master user last.
        parameters: that its parameter group sets, by name.
        multi_az: has a synchronous standby.
        source: ARN of the instance that it is a read replica of; empty for none.
        backup_days: for how many days it can be restored to any time; 0 for no backups.
        restored_from: ARN of the instance that it is restored from; empty for none.
        restored_to: time of that, in seconds since the epoch.
    """

    place: Place
    identifier: str
    resource_id: str
    arn: str
    engine: str
    version: str
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    parameters: Mapping[str, str]
    multi_az: bool
    source: str
    backup_days: int = 0
    restored_from: str = ""
    restored_to: int = 0

    @property
    def major(self) -> int:
        """Major version of the engine."""
        return int(self.version.partition(".")[0])


def read_instances(deployed: Deployed, place: Place) -> Sequence[Instance]:
    """Return the database instances of a place that have an endpoint, in the order of their identifiers."""
    rds = deployed.client("rds", place)
    found = [each for each in rds.describe_db_instances()["DBInstances"] if each.get("Endpoint")]
    if not found:
        return []
    where = {"Account": place.account, "Region": place.region}
    passwords = deployed.cloud.control("passwords", where)["databases"]
    restores = deployed.cloud.control("restores", where)
    return [
        _instance(
            rds,
            place,
            each,
            passwords.get(each["DBInstanceIdentifier"], ""),
            restores.get(each["DBInstanceIdentifier"], {}),
        )
        for each in sorted(found, key=lambda each: str(each["DBInstanceIdentifier"]))
    ]


def report_windows(deployed: Deployed, windows: Sequence[tuple[Instance, int, int]]) -> None:
    """Let RDS know to which times instances can be restored: from a first to a last one, in seconds since the epoch."""
    for instance, first, last in windows:
        window = {"Account": instance.place.account, "Region": instance.place.region, "First": first, "Last": last}
        deployed.cloud.control("restorable", {**window, "Identifier": instance.identifier})


def _instance(rds: Any, place: Place, found: Mapping[str, Any], password: str, restored: Mapping[str, Any]) -> Instance:
    source = found.get("ReadReplicaSourceDBInstanceIdentifier", "")
    if source and not source.startswith("arn:"):
        source = f"{found['DBInstanceArn'].rpartition(':')[0]}:{source}"
    parameters: dict[str, str] = {}
    for name in (group["DBParameterGroupName"] for group in found.get("DBParameterGroups", [])):
        if name.startswith(_DEFAULT_GROUP):
            continue
        pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=name)
        for page in pages:
            for each in page["Parameters"]:
                if each.get("Source") == "user" and "ParameterValue" in each:
                    parameters[each["ParameterName"]] = each["ParameterValue"]
    return Instance(
        place=place,
        identifier=found["DBInstanceIdentifier"],
        resource_id=found["DbiResourceId"],
        arn=found["DBInstanceArn"],
        engine=found["Engine"],
        version=found["EngineVersion"],
        host=found["Endpoint"]["Address"],
        port=found["Endpoint"]["Port"],
        database=found.get("DBName", ""),
        user=found["MasterUsername"],
        password=password,
        parameters=parameters,
        multi_az=found["MultiAZ"],
        source=source,
        backup_days=int(found.get("BackupRetentionPeriod", 0)),
        restored_from=restored.get("From", ""),
        restored_to=restored.get("To", 0),
    )

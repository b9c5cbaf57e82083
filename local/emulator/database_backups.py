"""Latest time to which a database can be restored: minutes ago, as on RDS; MiniStack's is the time of its creation.

RDS uploads the transaction logs every five minutes ("Restoring a DB instance to a specified time", RDS user guide).
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.emulator.ministack_internals import DATABASE_XML

_UPLOAD_SECONDS = 300


def install() -> None:
    """Patch what RDS tells of an instance. Called once."""
    DATABASE_XML.wrap(_moving_on)


def _moving_on(original: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    def described(instance: dict[str, Any]) -> str:
        if not int(instance.get("BackupRetentionPeriod") or 0):
            return original(instance)
        uploaded = datetime.fromtimestamp(time.time() // _UPLOAD_SECONDS * _UPLOAD_SECONDS, UTC)
        latest = max(f"{uploaded:%Y-%m-%dT%H:%M:%SZ}", str(instance.get("InstanceCreateTime", "")))
        return original({**instance, "LatestRestorableTime": latest})

    return described

"""Archive of a database: backups, and the log of all that came after them, from which a new one is restored to a time.

PostgreSQL archives its log by segments ("Continuous Archiving and Point-in-Time Recovery", PostgreSQL documentation).
The standby does so, too, so that a failover leaves no gap. The log is uploaded every five minutes and a backup is taken
each day ("Restoring a DB instance to a specified time" and "Introduction to backups", RDS user guide).
"""

import shlex
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local.body.postgres import PostgresPrograms, Server
from local.proxy.files import write

_UPLOAD_SECONDS = 300
_DAY_SECONDS = 86400
# A transaction of its own after the time: recovery ends at the first one that is later than its target.
_MARK = "SELECT pg_logical_emit_message(true, 'archive', '')"
_SWITCH = "SELECT pg_walfile_name(pg_switch_wal())"


@dataclass(frozen=True)
class Backup:
    """A base backup.

    Attributes:
        folder: that holds it; named after both times.
        began: seconds since the epoch; no log of before is needed.
        ended: from then on a database can be restored by it.
    """

    folder: Path
    began: int
    ended: int


class Archive:
    """Archive of one database, in a folder that its servers write to.

    Attributes:
        folder: of it.
        command: that archives a segment of the log (``archive_command``).

    Args:
        folder: of it; its parent is there.
        programs: own it.
    """

    def __init__(self, folder: Path, programs: PostgresPrograms) -> None:
        self._log, self._backups, self._latest = folder / "log", folder / "backups", folder / "latest"
        self.folder = folder
        self._programs = programs
        self._uploads: tuple[int, Path] | None = None
        self._next_upload = 0.0
        segment = f"{shlex.quote(str(self._log))}/%f".replace("%", "%%").replace("%%f", "%f")
        self.command = f"test -f {segment}.gz || {{ gzip -1 < %p > {segment}.$$ && mv {segment}.$$ {segment}.gz; }}"
        self._restore_command = f"test -f {segment}.gz && gzip -dc {segment}.gz > %p"

    def keep(self, primary: Server, days: int, clock: int) -> None:
        """Do what is due: take a backup, upload the log, remove what is too old. Called about once a second.

        Args:
            primary: which answers.
            days: for how many days of AWS a database can be restored.
            clock: how many times faster than on AWS its periods pass.

        Raises:
            EmbeddedCloudError: the backup cannot be taken.
            psycopg.Error: the primary does not answer.
        """
        for folder in (self.folder, self._log, self._backups):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                self._programs.own(folder)
        found = self.backups()
        if not found or time.time() - found[-1].began >= _DAY_SECONDS / clock:
            self._take(primary)
        if self._uploads and self._uploads[1].exists():
            write(self._latest, f"{self._uploads[0]}".encode())
            self._uploads = None
            self._remove_before(self._earliest(days, clock))
        if time.monotonic() >= self._next_upload:
            now = int(time.time())
            primary.value(_MARK)
            self._uploads = now, self._log / f"{primary.value(_SWITCH)}.gz"
            self._next_upload = time.monotonic() + _UPLOAD_SECONDS / clock

    def window(self, days: int, clock: int) -> tuple[int, int] | None:
        """Return the first and the last time to which it restores a database, both in seconds since the epoch."""
        found, latest = self.backups(), self.latest
        first = max(found[0].ended, self._earliest(days, clock)) if found else latest + 1
        return (first, latest) if first <= latest else None

    @property
    def latest(self) -> int:
        """The last time of which all is archived, in seconds since the epoch; 0 before."""
        try:
            return int(self._latest.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def backups(self) -> Sequence[Backup]:
        """Return the backups, the oldest first."""
        names = [each for each in self._backups.glob("*-*") if each.is_dir()]
        return sorted(
            (Backup(each, *map(int, each.name.split("-"))) for each in names), key=lambda backup: backup.ended
        )

    def find(self, when: int) -> Backup | None:
        """Return the backup from which a database is restored to a time."""
        return next((each for each in reversed(self.backups()) if each.ended <= when), None)

    def recovery(self, when: int) -> Mapping[str, str]:
        """Return the settings with which a server goes on from a backup to a time, and then takes writes."""
        return {
            "hot_standby": "off",  # which would ask for as many connections as the database had
            "restore_command": self._restore_command,
            "recovery_target_time": f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M:%S+00}",
            "recovery_target_action": "promote",
        }

    def _take(self, primary: Server) -> None:
        unfinished = self._backups / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        began = int(time.time())
        primary.back_up(unfinished)
        unfinished.rename(self._backups / f"{began}-{int(time.time()) + 1}")

    def _earliest(self, days: int, clock: int) -> int:
        return self.latest - int(days * _DAY_SECONDS / clock)

    def _remove_before(self, when: int) -> None:
        """Remove what no time since then needs: backups, and log that is older than the first that stays."""
        first = self.find(when)
        if first is None:
            return
        for each in self.backups():
            if each.ended < first.ended:
                shutil.rmtree(each.folder)
        for file in self._log.iterdir():
            # Which timeline follows which is asked for with every restore.
            if not file.name.endswith(".history.gz") and file.stat().st_mtime < first.began:
                file.unlink()

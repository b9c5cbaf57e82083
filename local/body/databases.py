"""Databases of the body: a PostgreSQL server for each RDS instance, with its standby, or as a copy of its source.

A standby is synchronous: nothing is acknowledged that it has not written. The state of an instance says whether it has
all that was acknowledged (``paired``). It is set only when the primary waits for it, and cleared, in a file, before the
primary stops to wait. So a standby that is promoted loses nothing, and one that may have missed something never is.
"""

import hashlib
import json
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from typing_extensions import override

from local.body.addresses import Address, Addresses
from local.body.archives import Archive
from local.body.children import Child, Children
from local.body.deployed_databases import Instance
from local.body.endpoints import Endpoint, Endpoints, Protocol
from local.body.part import Part
from local.body.ports import CLOSED_PORT, Ports
from local.body.postgres import PostgresPrograms, Server, known_parameters, make_passable
from local.errors import EmbeddedCloudError
from local.proxy.files import write

_STEP_SECONDS = 0.2
_PROBE_SECONDS = 1.0
# Answers that a server may miss one after the other. Not a time: while all processes are suspended, time passes.
_PRIMARY_MISSES = 5
_STANDBY_MISSES = 4
_COPY_MISSES = 30
_CAUGHT_UP_TRIES = 50
_FREE_BYTES = 64 * 1024**2
_SIDES = ("a", "b")
# "Requiring an SSL connection to a PostgreSQL DB instance", RDS user guide: 1 is the default from version 15 on.
_FORCED_TLS_SINCE = 15


@dataclass(frozen=True, kw_only=True)
class _State:
    """State that survives a kill of everything.

    Attributes:
        resource_id: of the instance whose data it is.
        primary: side that takes writes.
        paired: the other side has all that was acknowledged.
        copy: it follows its source.
        passwords: digest of the password that was set last, by user.
    """

    resource_id: str
    primary: str = "a"
    paired: bool = False
    copy: bool = False
    passwords: Mapping[str, str] = field(default_factory=dict)


class Databases(Part):
    """PostgreSQL servers of all RDS instances.

    Args:
        children: starts their processes.
        ports: of their processes.
        endpoints: what clients connect to.
        addresses: gets the host name of each instance that is served.
        directory: of the body; data lies in its folder ``databases``.
    """

    def __init__(
        self, *, children: Children, ports: Ports, endpoints: Endpoints, addresses: Addresses, directory: Path
    ) -> None:
        super().__init__()
        self._children = children
        self._ports = ports
        self._endpoints = endpoints
        self._addresses = addresses
        self._directory = directory
        self._programs: PostgresPrograms | None = None
        self._databases: dict[str, Database] = {}

    def reconcile(self, instances: Sequence[Instance], clock: int = 1) -> None:
        """Serve these instances and no others. Returns at once; a thread of each does the work.

        Args:
            instances: that are deployed.
            clock: how many times faster than on AWS the periods of backups pass.
        """
        wanted = {each.arn: each for each in instances}
        for arn in self._databases.keys() - wanted.keys():
            self._databases.pop(arn).end()
        try:
            for arn, instance in wanted.items():
                if arn in self._databases:
                    self._databases[arn].instance = instance
                else:
                    self._databases[arn] = self._start(instance)
                self._databases[arn].clock = clock
        except EmbeddedCloudError as error:
            self.problems, self.waiting, self.notes = [str(error)], [], []
            return
        databases = [self._databases[arn] for arn in wanted]
        self.problems = [each.problem for each in databases if each.problem]
        self.waiting = [each.waiting for each in databases if each.waiting]
        self.notes = [note for each in databases for note in each.notes]

    @override
    def stop(self) -> None:
        databases = list(self._databases.values())
        for each in databases:
            each.ask_to_end()
        # A source before its copies: it sends them the rest first.
        for each in sorted(databases, key=lambda database: database.instance.source):
            each.end()
        self._databases = {}

    @property
    def windows(self) -> Sequence[tuple[Instance, int, int]]:
        """Instances that have a backup, each with the first and the last time to which it can be restored."""
        return [(each.instance, *each.window) for each in self._databases.values() if each.window]

    def find(self, arn: str) -> "Database | None":
        """Return the database of an instance."""
        return self._databases.get(arn)

    def _start(self, instance: Instance) -> "Database":
        if self._programs is None:
            self._programs = PostgresPrograms(self._directory)
        return Database(
            instance,
            folder=self._programs.home / "databases" / f"{instance.place.region}-{instance.identifier}",
            programs=self._programs,
            children=self._children,
            ports=self._ports,
            endpoints=self._endpoints,
            addresses=self._addresses,
            find=self.find,
        )


class Database:
    """The servers of one RDS instance, in a thread of its own.

    Attributes:
        instance: as it is deployed now.
        clock: how many times faster than on AWS the periods of its backups pass.
        archive: its backups and its log.
        window: first and last time to which it can be restored; None before there is a backup.
        problem: what keeps it from serving, in one line; empty while nothing does.
        waiting: what is under way; empty when all is ready.
        notes: what differs from RDS, and what has happened.

    Args:
        folder: of its data and its state.
        find: returns the database of another instance by its ARN.
    """

    def __init__(
        self,
        instance: Instance,
        *,
        folder: Path,
        programs: PostgresPrograms,
        children: Children,
        ports: Ports,
        endpoints: Endpoints,
        addresses: Addresses,
        find: Callable[[str], "Database | None"],
    ) -> None:
        self.instance = instance
        self.clock = 1
        self.archive = Archive(folder / "archive", programs)
        self.window: tuple[int, int] | None = None
        self.problem = ""
        self.waiting = f"{instance.identifier}: PostgreSQL starts"
        self.notes: Sequence[str] = ()
        self._folder = folder
        self._programs = programs
        self._children = children
        self._ports = ports
        self._endpoints = endpoints
        self._addresses = addresses
        self._find = find
        self._events: list[str] = []
        self._state: _State | None = None
        self._servers: dict[str, Server] = {}
        self._endpoint: Endpoint | None = None
        self._misses = {"primary": 0, "standby": 0}
        self._next_probe = 0.0
        self._next_standby = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"database {instance.identifier}", daemon=True)
        self._thread.start()

    @property
    def primary(self) -> Server | None:
        """The server that takes writes, while it is ready; for a copy, the one that serves reads."""
        server = self._servers.get(self._state.primary) if self._state else None
        return server if server and server.child and server.child.ready else None

    @property
    def standby(self) -> Server | None:
        """The other server, where there is one."""
        return self._servers.get(self._other) if self._state else None

    @property
    def paired(self) -> bool:
        """True while the standby has all that was acknowledged."""
        return self._state is not None and self._state.paired

    @property
    def password(self) -> str:
        """Password of the superuser, which copies have in common with their source."""
        return (self._folder / "password").read_text()

    def ask_to_end(self) -> None:
        """Let its thread end."""
        self._ended.set()
        for server in list(self._servers.values()):
            server.abort()

    def end(self) -> None:
        """End its thread and its servers, and wait for them; its data stays."""
        self.ask_to_end()
        self._thread.join()
        if self._endpoint:
            self._addresses.withdraw(self.instance.host, self.instance.port)
            self._endpoints.close(self._endpoint)
        ordered = sorted(self._servers, key=lambda side: self._state is None or side != self._state.primary)
        for side in ordered:
            self._servers[side].stop()

    def _run(self) -> None:
        while not self._ended.wait(_STEP_SECONDS):
            try:
                self._step()
                self.problem = self._full_disk()  # a server that runs refuses writes then
            except _NotReadyError as error:
                self.problem, self.waiting = "", str(error)
            except EmbeddedCloudError as error:
                self.problem = str(error)
            except psycopg.Error as error:
                self.problem = f"{self._name}: {_first_line(error)}"
            except OSError as error:
                self.problem = f"{self._name}: {error}"
            if self.problem:
                self.problem = self._full_disk() or self.problem
                self.waiting = ""
                self._ended.wait(_PROBE_SECONDS)

    @property
    def _name(self) -> str:
        return f"{self.instance.identifier} ({self.instance.place.region})"

    @property
    def _other(self) -> str:
        assert self._state  # noqa: S101 - set by the first step
        return _SIDES[1 - _SIDES.index(self._state.primary)]

    def _step(self) -> None:
        """Do what is to be done next; called again and again."""
        if self.instance.engine != "postgres":
            raise EmbeddedCloudError(f"{self._name}: nothing here serves the engine {self.instance.engine}.")
        parameters, others = known_parameters(self._programs, self.instance.parameters)
        self.notes = [*self._differences(others), *self._events]
        if self._state is None:
            self._state = self._load()
        state = self._state
        primary = self._server(state.primary)
        source = self._source()
        if not primary.major:
            self._make(primary, source)
        self._check_version(primary)
        if state.copy and not self.instance.source:
            self._become_primary(primary)
        else:
            self._configure(primary, parameters, source)
        self._watch(primary)
        if primary.recovers:
            raise _NotReadyError(f"{self._name}: is restored")
        if not self.primary:
            self.waiting = self.waiting or f"{self._name}: PostgreSQL starts"
            return
        if not self.instance.source:
            self._set_passwords(primary)
        self._publish(primary)
        if time.monotonic() >= self._next_standby:
            if self.instance.source:
                self._keep_following(primary, source)
            else:
                self._keep_standby(primary, parameters)
                self._keep_archive(primary)
            self._next_standby = time.monotonic() + _PROBE_SECONDS
        complete = state.copy or not self.instance.multi_az or self.paired
        self.waiting = "" if complete else f"{self._name}: the standby is made"

    def _differences(self, others: Sequence[str]) -> Sequence[str]:
        lines = []
        if self.instance.major != self._programs.major:
            deployed, served = self.instance.version, self._programs.version
            lines.append(f"{self._name}: PostgreSQL {deployed} is deployed, and {served} serves it")
        said = [each for each in others if each != "parameter rds.force_ssl"]
        if said:
            lines.append(f"{self._name}: without {', '.join(said)}, which the server here does not take")
        if self.instance.source and self.instance.multi_az:
            lines.append(f"{self._name}: the standby of a read replica is not started")
        return lines

    def _load(self) -> _State:
        """Read the state; put data of an earlier instance of the same name aside."""
        make_passable(self._folder.parent)
        make_passable(self._folder)
        try:
            state = _State(**json.loads((self._folder / "state.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            state = None
        if state and state.resource_id != self.instance.resource_id:
            aside = self._folder.with_name(f"{self._folder.name}.{state.resource_id}")
            self._folder.replace(aside)
            self._event(f"the instance was made anew; the data of the one before is kept in {aside}")
            return self._load()
        if state is None:
            if any((self._folder / side / "data" / "PG_VERSION").exists() for side in _SIDES):
                raise EmbeddedCloudError(
                    f"{self._name}: {self._folder / 'state.json'} is damaged, and it says which of its servers has all "
                    "data. Restore it, or remove the folder: the database then begins empty."
                )
            return _State(resource_id=self.instance.resource_id, copy=bool(self.instance.source))
        return state

    def _save(self, state: _State) -> None:
        write(self._folder / "state.json", json.dumps(asdict(state)).encode())
        self._state = state

    def _server(self, side: str) -> Server:
        if side not in self._servers:
            password = self._folder / "password"
            if not password.exists():
                source = self._find(self.instance.restored_from) if self.instance.restored_from else self._source()
                if (self.instance.source or self.instance.restored_from) and source is None:
                    raise _NotReadyError(f"{self._name}: waits for its source")
                write(password, (source.password if source else secrets.token_urlsafe(32)).encode())
            self._servers[side] = Server(
                f"database-{self.instance.place.region}-{self.instance.identifier}-{side}",
                self._folder / side,
                password=password.read_text(),
                programs=self._programs,
                children=self._children,
                ports=self._ports,
            )
        return self._servers[side]

    def _source(self) -> "Database | None":
        """The database that it follows, once it is ready."""
        found = self._find(self.instance.source) if self.instance.source else None
        return found if found and found.primary else None

    def _make(self, primary: Server, source: "Database | None") -> None:
        assert self._state  # noqa: S101 - set by the first step
        if self._state.passwords or self._state.paired:
            raise EmbeddedCloudError(
                f"{self._name}: its data, {primary.data}, is gone or damaged: it has no PG_VERSION. Restore it, or "
                f"remove {self._folder}: the database then begins empty."
            )
        self._save(self._state)  # before its data: without a state they count as damaged
        if self.instance.restored_from:
            self._restore(primary)
        elif not self.instance.source:
            primary.initialize()
        elif source and source.primary:
            primary.copy(source.primary.port)
        else:
            raise _NotReadyError(f"{self._name}: waits for its source")

    def _restore(self, primary: Server) -> None:
        """Begin with a backup of another database, from where the log of that one goes on to a time."""
        source = self._find(self.instance.restored_from)
        backup = source.archive.find(self.instance.restored_to) if source else None
        if backup is None:
            raise EmbeddedCloudError(f"{self._name}: the database that it is restored from has no backup before.")
        primary.restore(backup.folder)

    def _recovery(self, primary: Server) -> Mapping[str, str]:
        """Return the settings that a server recovers by."""
        source = self._find(self.instance.restored_from) if primary.recovers else None
        return source.archive.recovery(self.instance.restored_to) if source else {}

    def _check_version(self, server: Server) -> None:
        if server.major != self._programs.major:
            raise EmbeddedCloudError(
                f"{self._name}: its data, {server.data}, is of PostgreSQL {server.major}, and this checkout has "
                f"{self._programs.version}. Run the checkout that made it, or remove {self._folder}: the database then "
                "begins empty."
            )

    def _become_primary(self, server: Server) -> None:
        """A read replica that is promoted takes writes of its own from then on."""
        assert self._state  # noqa: S101 - set by the first step
        if self.primary:
            server.promote()
            self._save(replace(self._state, copy=False))
            self._event("promoted")
        else:
            server.start()

    def _configure(self, primary: Server, parameters: Mapping[str, str], source: "Database | None") -> None:
        ahead = source.primary if source else None
        if not self.instance.source:
            standby = self._server(self._other).name if self.paired else ""
            recovery = self._recovery(primary)
            primary.configure(parameters, standby=standby, archive=self._archives, recovery=recovery)
        elif ahead or not primary.running:
            primary.configure(parameters, follows=ahead.port if ahead else CLOSED_PORT)
        primary.start()

    def _watch(self, primary: Server) -> None:
        """See whether the primary lives and answers; fail over to the standby where it does not."""
        child = primary.child
        if child is None:
            return
        misses = self._probe(primary, child)
        if child.running and not misses:
            return
        if child.running and misses < _PRIMARY_MISSES:
            raise _NotReadyError(f"{self._name}: PostgreSQL does not answer")
        if self._endpoint and not child.running:
            self._endpoints.switch(self._endpoint)
        if full := self._full_disk():
            raise EmbeddedCloudError(full)
        standby = self.standby
        if self.paired and standby and standby.answers():
            self._fail_over(primary, standby, "did not answer" if child.running else "died")
        elif child.running:
            raise EmbeddedCloudError(
                f"{self._name}: PostgreSQL, process {child.pid}, does not answer; its log is {child.log}. Kill it, and "
                "it is started again."
            )
        elif child.problem:
            raise EmbeddedCloudError(child.problem)

    def _probe(self, primary: Server, child: Child) -> int:
        """Return how many answers a primary that runs has missed one after the other."""
        child.check()
        if child.running and child.ready and time.monotonic() >= self._next_probe:
            self._misses["primary"] = 0 if primary.answers() else self._misses["primary"] + 1
            self._next_probe = time.monotonic() + _PROBE_SECONDS
            child.check()
        if not child.running:
            self._misses["primary"] = 0
        return self._misses["primary"]

    def _fail_over(self, primary: Server, standby: Server, reason: str) -> None:
        assert self._state  # noqa: S101 - set by the first step
        primary.kill()  # before anything else: it must not acknowledge a write any more
        standby.promote()
        self._save(replace(self._state, primary=self._other, paired=False))
        self._misses = {"primary": 0, "standby": 0}
        self._publish(standby)
        self._event(f"the primary {reason}; failed over to the standby")
        primary.remove()

    def _keep_standby(self, primary: Server, parameters: Mapping[str, str]) -> None:
        standby = self._server(self._other)
        if not self.instance.multi_az:
            if self.paired or standby.major:
                self._part(primary, parameters)
                standby.remove()
            return
        if not standby.major:
            if full := self._full_disk():
                raise EmbeddedCloudError(full)
            standby.copy(primary.port)
        standby.configure(parameters, follows=primary.port, archive=self._archives)
        child = standby.start()
        child.check()
        follows = child.running and _flushed(primary, standby) is not None and standby.answers()
        self._misses["standby"] = 0 if follows else self._misses["standby"] + 1
        if self.paired and self._misses["standby"] >= _STANDBY_MISSES:
            self._part(primary, parameters)
            self._event("the standby did not answer; the primary goes on alone until it does")
        elif not self.paired and follows:
            self._pair(primary, standby, parameters)
        elif not self.paired and self._misses["standby"] >= _COPY_MISSES:
            self._misses["standby"] = 0
            self._event("the standby did not follow; it is made anew")
            standby.remove()

    def _pair(self, primary: Server, standby: Server, parameters: Mapping[str, str]) -> None:
        """Let the primary wait for its standby, and note it once the standby has all that was acknowledged before."""
        assert self._state  # noqa: S101 - set by the first step
        primary.configure(parameters, standby=standby.name, archive=self._archives)
        try:
            for _ in range(_CAUGHT_UP_TRIES):
                if self._ended.wait(_STEP_SECONDS):
                    break
                if primary.value(_WAITS, standby.name) and _has_all(primary, standby):
                    self._save(replace(self._state, paired=True))
                    break
        finally:
            if not self.paired:
                primary.configure(parameters, archive=self._archives)

    def _part(self, primary: Server, parameters: Mapping[str, str]) -> None:
        """Let the primary acknowledge alone. The file comes first: the standby may miss something from now on."""
        assert self._state  # noqa: S101 - set by the first step
        self._save(replace(self._state, paired=False))
        primary.configure(parameters, archive=self._archives)

    @property
    def _archives(self) -> str:
        """Command that archives its log; empty where it has no backups."""
        return self.archive.command if self.instance.backup_days and not self.instance.source else ""

    def _keep_archive(self, primary: Server) -> None:
        if self._archives:
            self.archive.keep(primary, self.instance.backup_days, self.clock)
            self.window = self.archive.window(self.instance.backup_days, self.clock)
        else:
            self.window = None

    def _keep_following(self, copy: Server, source: "Database | None") -> None:
        """A copy that does not follow while its source serves is made anew."""
        if source is None or copy.value("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'"):
            self._misses["standby"] = 0
            return
        self._misses["standby"] += 1
        if self._misses["standby"] >= _COPY_MISSES:
            self._misses["standby"] = 0
            self._event("it did not follow its source; it is made anew")
            copy.remove()

    def _set_passwords(self, primary: Server) -> None:
        """Make the master user and its database, and follow a change of its password."""
        assert self._state  # noqa: S101 - set by the first step
        instance = self.instance
        if not instance.password:
            raise EmbeddedCloudError(f"{self._name}: RDS was given no password for {instance.user}.")
        digest = hashlib.sha256(instance.password.encode()).hexdigest()
        if self._state.passwords.get(instance.user) == digest:
            return
        user = sql.Identifier(instance.user)
        with primary.connect() as connection:
            verifier = connection.pgconn.encrypt_password(
                instance.password.encode(), instance.user.encode(), b"scram-sha-256"
            )  # so that no log holds the password
            _make_roles(connection, instance.user)
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(user, sql.Literal(verifier.decode())))
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [instance.database]).fetchone()
            if instance.database and not known:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(instance.database), user)
                )
        self._save(replace(self._state, passwords={**self._state.passwords, instance.user: digest}))

    def _publish(self, server: Server) -> None:
        instance = self.instance
        default = "1" if instance.major >= _FORCED_TLS_SINCE else "0"
        self._endpoint = self._endpoints.open(
            f"database-{instance.place.region}-{instance.identifier}",
            host=instance.host,
            protocol=Protocol.POSTGRESQL,
            require_tls=instance.parameters.get("rds.force_ssl", default) in {"1", "on", "true"},
        )
        self._endpoints.switch(self._endpoint, Address(server.port))
        self._addresses.publish(instance.host, instance.port, self._endpoint.address)

    def _full_disk(self) -> str:
        free = shutil.disk_usage(self._programs.home).free
        if free >= _FREE_BYTES:
            return ""
        return (
            f"{self._name}: the disk is full, {free // 1024**2} MB are free where {self._folder} lies. Nothing "
            "that was acknowledged is lost. Free some space; it goes on by itself."
        )

    def _event(self, what: str) -> None:
        self._events = [*self._events[-4:], f"{self._name}, {time.strftime('%H:%M:%S')}: {what}"]


class _NotReadyError(EmbeddedCloudError):
    """A step that waits for something else, which is no fault."""


# The walsender's own view of the setting; the checkpointer, which lets commits wait, reads it at the same time.
_WAITS = "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s AND sync_state = 'sync'"


def _flushed(primary: Server, standby: Server) -> str | None:
    """Return the position to which a standby has written its log; None where it does not follow the primary."""
    query = "SELECT flush_lsn::text FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'"
    flushed: str | None = primary.value(query, standby.name)
    return flushed


def _has_all(primary: Server, standby: Server) -> bool:
    """Return whether a standby has all that the primary had written when it had waited for the standby for a second."""
    time.sleep(_PROBE_SECONDS)
    position = primary.value("SELECT pg_current_wal_flush_lsn()::text")
    time.sleep(_STEP_SECONDS)
    return bool(primary.value("SELECT %s::pg_lsn >= %s::pg_lsn", _flushed(primary, standby), position))


def _make_roles(connection: psycopg.Connection[Any], user: str) -> None:
    """Make the master user, and the role that gives it what RDS gives it ("Understanding the rds_superuser role")."""
    known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    if "rds_superuser" not in known:
        connection.execute("CREATE ROLE rds_superuser NOLOGIN")
        connection.execute("GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION")
    if user not in known:
        name = sql.Identifier(user)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE").format(name))
        connection.execute(sql.SQL("GRANT rds_superuser TO {} WITH ADMIN OPTION").format(name))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__

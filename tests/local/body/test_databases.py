"""Databases of the body: what is deployed is served, nothing acknowledged is lost, faults are said."""

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from local.body.ports import LOOPBACK
from local.body.postgres import databases_home
from tests.local.body.instances import PROD, REPLICA, Served
from tests.local.body.waiting import wait_for

PAIR = replace(PROD, multi_az=True)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    yield made
    made.stop()
    shutil.rmtree(databases_home(tmp_path), ignore_errors=True)


class Writer:
    """Writes numbers, and remembers which were acknowledged."""

    def __init__(self, served: Served) -> None:
        self.acknowledged: list[int] = []
        self._served = served
        self._ended = threading.Event()
        with served.connect() as connection:
            connection.execute("CREATE TABLE numbers (number bigint PRIMARY KEY)")
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def stop(self) -> set[int]:
        """End it; return what is there of what was acknowledged."""
        self._ended.set()
        self._thread.join()
        with self._served.connect() as connection:
            there = {row[0] for row in connection.execute("SELECT number FROM numbers").fetchall()}
        return there & set(self.acknowledged)

    def wait(self, more: int = 50) -> None:
        """Wait until it has written some more."""
        wanted = len(self.acknowledged) + more
        wait_for(lambda: len(self.acknowledged) >= wanted)

    def _write(self) -> None:
        number = 0
        while not self._ended.is_set():
            try:
                with self._served.connect() as connection:
                    while not self._ended.is_set():
                        number += 1
                        connection.execute("INSERT INTO numbers VALUES (%s)", [number])
                        self.acknowledged.append(number)
            except psycopg.Error:
                time.sleep(0.05)


def primary_pid(served: Served) -> int:
    primary = served.database().primary
    assert primary
    assert primary.child
    return primary.child.pid


def standby_pid(served: Served) -> int:
    standby = served.database().standby
    assert standby
    assert standby.child
    return standby.child.pid


def test_the_master_user_logs_in_with_its_deployed_password_and_owns_its_database(served: Served) -> None:
    served.serve(PROD)
    with served.connect() as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("50",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        connection.execute("CREATE ROLE goodies LOGIN PASSWORD 'x'")
        connection.execute("GRANT CREATE ON SCHEMA public TO goodies")
        superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(superuser).fetchone() == (False,)
        assert connection.execute("SELECT pg_has_role('rds_superuser', 'member')").fetchone() == (True,)
    assert served.databases.notes == []


def test_a_wrong_password_and_a_plain_connection_are_refused(served: Served) -> None:
    served.serve(PROD)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        served.connect(password="wrong")
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        served.connect(sslmode="disable")


def test_a_change_of_password_and_parameters_is_followed(served: Served) -> None:
    served.serve(PROD)
    changed = replace(PROD, password="another", parameters={**PROD.parameters, "log_min_duration_statement": "7"})
    served.serve(changed)

    def followed() -> bool:
        try:
            with served.connect(changed) as connection:
                return connection.execute("SHOW log_min_duration_statement").fetchone() == ("7ms",)
        except psycopg.OperationalError:
            return False

    wait_for(followed)
    with pytest.raises(psycopg.OperationalError, match="password"):
        served.connect(PROD)


def test_a_password_that_a_rotation_changed_is_left_alone(served: Served, tmp_path: Path) -> None:
    served.serve(PROD)
    with served.connect() as connection:
        connection.execute("ALTER ROLE goodies_owner PASSWORD 'rotated'")
    served.stop()
    again = Served(tmp_path)
    try:
        again.serve(PROD)
        again.connect(password="rotated").close()
    finally:
        again.stop()


def test_what_the_server_does_not_take_is_said(served: Served) -> None:
    parameters = {
        "rds.logical_replication": "1",
        "shared_preload_libraries": "pg_stat_statements,pgaudit",
        "work_mem": "{DBInstanceClassMemory/1024}",
    }
    served.serve(replace(PROD, version="17.2", parameters=parameters))
    assert served.databases.notes == [
        "goodies-prod (us-east-1): PostgreSQL 17.2 is deployed, and 18.6 serves it",
        "goodies-prod (us-east-1): without parameter rds.logical_replication, library pgaudit, parameter work_mem, "
        "which the server here does not take",
    ]


def test_data_of_another_version_is_said_and_left_alone(served: Served, tmp_path: Path) -> None:
    served.serve(PROD)
    served.stop()
    (version,) = [*tmp_path.rglob("a/data/PG_VERSION"), *databases_home(tmp_path).rglob("a/data/PG_VERSION")]
    version.write_text("17\n")
    again = Served(tmp_path)
    try:
        again.databases.reconcile([PROD])
        wait_for(lambda: again.databases.reconcile([PROD]) or again.databases.problems)  # type: ignore[func-returns-value]
        assert "is of PostgreSQL 17, and this checkout has 18.6" in again.databases.problems[0]
        version.write_text("18\n")
        again.serve(PROD)
    finally:
        again.stop()


def test_a_data_folder_whose_making_was_ended_is_made_again(served: Served, tmp_path: Path) -> None:
    served.databases.reconcile([PROD])
    folders = (databases_home(tmp_path), tmp_path)
    wait_for(lambda: any(list(each.glob("databases/*/a/*/PG_VERSION")) for each in folders))
    served.stop()
    again = Served(tmp_path)
    try:
        again.serve(PROD)
    finally:
        again.stop()


def test_data_that_are_gone_are_said_and_not_replaced_by_none(served: Served, tmp_path: Path) -> None:
    served.serve(PROD)
    primary = served.database().primary
    assert primary
    served.stop()
    (primary.data / "PG_VERSION").unlink()
    again = Served(tmp_path)
    try:
        again.databases.reconcile([PROD])
        wait_for(lambda: again.database().problem)
        assert "is gone or damaged" in again.database().problem
        assert (primary.data / "base").is_dir()
    finally:
        again.stop()


def test_the_next_start_finds_address_and_data(served: Served, tmp_path: Path) -> None:
    served.serve(PAIR)
    before = list(served.addresses)
    with served.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS it")
    served.stop()
    again = Served(tmp_path)
    try:
        again.serve(PAIR)
        assert list(again.addresses) == before
        with again.connect() as connection:
            assert connection.execute("SELECT it FROM kept").fetchone() == (1,)
        assert again.databases.notes == []
    finally:
        again.stop()


def test_data_of_an_instance_that_is_made_anew_is_put_aside(served: Served, tmp_path: Path) -> None:
    served.serve(PROD)
    with served.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS it")
    served.stop()
    again = Served(tmp_path)
    try:
        again.serve(replace(PROD, resource_id="db-3"))
        with again.connect() as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT it FROM kept")
        assert "the data of the one before is kept in" in again.databases.notes[0]
    finally:
        again.stop()


def test_a_killed_server_is_brought_back_with_what_was_acknowledged(served: Served) -> None:
    served.serve(PROD)
    writer = Writer(served)
    writer.wait()
    os.kill(primary_pid(served), signal.SIGKILL)
    writer.wait()
    assert writer.stop() == set(writer.acknowledged)


@pytest.mark.plan("AWS-4/multi-az")
@pytest.mark.parametrize("_round", range(3))
def test_a_killed_primary_fails_over_without_a_loss(served: Served, _round: int) -> None:
    served.serve(PAIR)
    writer = Writer(served)
    for _ in range(2):
        before = primary_pid(served)
        writer.wait(20 + 30 * _round)
        os.kill(before, signal.SIGKILL)
        writer.wait()
        assert primary_pid(served) != before
        served.serve(PAIR)
    assert any("failed over to the standby" in note for note in served.databases.notes)
    assert writer.stop() == set(writer.acknowledged)


@pytest.mark.plan("AWS-4/multi-az")
def test_a_suspended_primary_fails_over_and_writes_no_more(served: Served) -> None:
    served.serve(PAIR)
    writer = Writer(served)
    suspended = primary_pid(served)
    os.kill(suspended, signal.SIGSTOP)
    writer.wait()
    assert (
        any("the primary did not answer" in note for note in served.databases.notes) or primary_pid(served) != suspended
    )
    served.serve(PAIR)
    assert writer.stop() == set(writer.acknowledged)


def test_a_server_that_is_suspended_before_it_answers_is_waited_for_some_seconds_only(served: Served) -> None:
    served.serve(PROD)
    primary = served.database().primary
    assert primary
    with primary.connect(seconds=1) as connection:
        process = connection.info.backend_pid  # PostgreSQL has one for each connection
        os.kill(process, signal.SIGSTOP)
        try:
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT true")
        finally:
            os.kill(process, signal.SIGCONT)
    assert primary.answers()


def test_a_suspended_standby_holds_writes_up_for_some_seconds_only(served: Served) -> None:
    served.serve(PAIR)
    writer = Writer(served)
    writer.wait()
    suspended = standby_pid(served)
    os.kill(suspended, signal.SIGSTOP)
    wait_for(lambda: not served.database().paired)
    writer.wait()
    # Alone, the primary is not replaced by a standby that may have missed something.
    os.kill(primary_pid(served), signal.SIGKILL)
    writer.wait()
    os.kill(suspended, signal.SIGCONT)
    served.serve(PAIR)
    assert writer.stop() == set(writer.acknowledged)


def test_a_read_replica_follows_also_after_a_failover_and_can_be_promoted(served: Served) -> None:
    served.serve(PAIR, REPLICA)

    def follows(table: str) -> None:
        with served.connect() as connection:
            connection.execute(psycopg.sql.SQL("CREATE TABLE {} ()").format(psycopg.sql.Identifier(table)))

        def there() -> bool:
            with served.connect(REPLICA) as connection:
                return connection.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)

        wait_for(there)

    follows("before")
    os.kill(primary_pid(served), signal.SIGKILL)
    wait_for(lambda: any("failed over" in note for note in served.database().notes))
    served.serve(PAIR, REPLICA)
    follows("after")
    with served.connect(REPLICA) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE here ()")
    promoted = replace(REPLICA, source="")
    served.serve(PAIR, promoted)

    def writes() -> bool:
        try:
            with served.connect(promoted) as connection:
                connection.execute("CREATE TABLE here ()")
        except psycopg.Error:
            return False
        return True

    wait_for(writes)


def test_an_instance_that_is_gone_is_served_no_more(served: Served) -> None:
    served.serve(PROD)
    served.serve()
    assert list(served.addresses) == []
    assert list(served.children) == []
    assert served.databases.notes == []


def test_a_port_that_another_program_has_taken_is_replaced(served: Served, tmp_path: Path) -> None:
    served.serve(PROD)
    primary = served.database().primary
    assert primary
    taken = primary.port
    served.stop()
    with socket.create_server((LOOPBACK, taken)):
        again = Served(tmp_path)
        try:
            again.serve(PROD)
            again.connect().close()
        finally:
            again.stop()


def test_a_port_that_another_program_takes_from_a_killed_server_is_replaced(served: Served) -> None:
    served.serve(PROD)
    primary = served.database().primary
    assert primary
    assert primary.child
    primary.child.kill()
    with socket.create_server((LOOPBACK, primary.port)):

        def back() -> bool:
            try:
                served.connect().close()
            except psycopg.OperationalError:
                return False
            return True

        wait_for(back)


def test_a_full_disk_is_said_while_the_server_runs(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.serve(PROD)
    with monkeypatch.context() as patch:
        patch.setattr("local.body.databases._FREE_BYTES", 10**18)
        wait_for(lambda: "the disk is full" in served.database().problem)
    wait_for(lambda: not served.database().problem)
    served.connect().close()


def test_a_full_disk_is_said(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.serve(PROD)
    monkeypatch.setattr("local.body.databases._FREE_BYTES", 2**62)
    os.kill(primary_pid(served), signal.SIGKILL)

    def said() -> bool:
        served.databases.reconcile([PROD])
        return any("the disk is full" in problem for problem in served.databases.problems)

    wait_for(said)
    monkeypatch.undo()
    served.serve(PROD)


def test_neither_the_umask_nor_a_checkout_that_others_do_not_reach_is_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.body.postgres._others_reach", lambda _: False)
    before = os.umask(0o077)
    served = Served(tmp_path)
    try:
        served.serve(PROD)
        served.connect().close()
    finally:
        os.umask(before)
        served.stop()
        shutil.rmtree(databases_home(tmp_path), ignore_errors=True)


def test_another_engine_is_said(served: Served) -> None:
    mysql = replace(PROD, engine="mysql")
    wait_for(lambda: served.databases.reconcile([mysql]) or served.databases.problems)  # type: ignore[func-returns-value]
    assert served.databases.problems == ["goodies-prod (us-east-1): nothing here serves the engine mysql."]


def restorable(served: Served, since: float) -> None:
    """Wait until all that was written before a time is archived."""
    wait_for(lambda: any(last >= since for _, _, last in served.databases.windows))


@pytest.mark.plan("DR-2")
def test_a_database_is_restored_to_the_time_before_a_mistake(served: Served) -> None:
    source = replace(PROD, backup_days=7, multi_az=True)
    served.serve(source, clock=100)
    writer = Writer(served)
    restorable(served, time.time())
    writer.wait()
    acknowledged, before = set(writer.acknowledged), int(time.time()) + 1
    wait_for(lambda: time.time() > before + 1)
    with served.connect() as connection:
        connection.execute("DELETE FROM numbers WHERE number < 20")
    os.kill(primary_pid(served), signal.SIGKILL)
    writer.wait()
    restorable(served, before)
    restored = replace(
        source,
        identifier="goodies-restored",
        resource_id="db-3",
        arn=f"{PROD.arn}-restored",
        host=f"restored.{PROD.host}",
        multi_az=False,
        restored_from=PROD.arn,
        restored_to=before,
    )
    served.serve(source, restored, clock=100)
    with served.connect(restored) as connection:
        there = {row[0] for row in connection.execute("SELECT number FROM numbers").fetchall()}
        connection.execute("INSERT INTO numbers VALUES (-1)")
    assert acknowledged - there == set()
    assert writer.stop() - there
    assert not {1, 2, 3} - there


@pytest.mark.plan("DR-2")
def test_backups_are_kept_for_their_days(served: Served) -> None:
    source = replace(PROD, backup_days=1)
    served.serve(source, clock=20000)  # a day is about four seconds
    wait_for(lambda: served.databases.windows)
    ((_, first, last),) = served.databases.windows
    assert first <= last <= time.time()
    archive = served.database().archive
    (oldest, *_), log = archive.backups(), set((archive.folder / "log").iterdir())
    wait_for(lambda: oldest not in archive.backups())
    wait_for(lambda: not log & set((archive.folder / "log").iterdir()))
    ((_, first, last),) = served.databases.windows
    assert first > oldest.ended
    assert 0 < len(archive.backups()) <= 3

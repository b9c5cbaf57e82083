"""The image's command on a real PostgreSQL and Redis, with a small service in the application's place."""

import os
import signal
import time
from pathlib import Path

import pytest

from operations.release import green_check
from operations.release.direct_calls import Target
from tests.images.conftest import TABLES, Run, Start
from tests.services import LOOPBACK, Database

MIGRATE = ("migrate", "--metadata", TABLES, "--wait", "5")
STOP_SECONDS = 2


@pytest.fixture
def migrated(run: Run, task: dict[str, str]) -> dict[str, str]:
    """The environment of a task whose database has its tables."""
    ended = run(task, *MIGRATE)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "migrate: created reference_entities\n"
    return task


@pytest.mark.plan("ARC-2/container")
def test_without_the_migration_the_service_does_not_start(start: Start, task: dict[str, str]) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"is_latest.*boolean"):
        start(task)


@pytest.mark.plan("ARC-1/database", "ARC-2/container")
def test_what_one_replica_writes_another_reads(start: Start, migrated: dict[str, str]) -> None:
    writer, reader = start(migrated), start(migrated)
    room = {"entity_type": "room", "name": "Kitchen", "content": {"floor": 1}, "source_type": "manual", "user_id": "me"}
    with writer.client(writer.log_in().json()["access_token"]) as client:
        written = client.post("/api/v1/graph/entities", json=room)
    assert written.status_code == 200, written.text

    # The token of one replica is good for all.
    with reader.client(writer.log_in().json()["access_token"]) as client:
        read = client.get("/api/v1/graph/entities", params={"entity_type": "room"}).json()
        found = client.post("/api/v1/graph/search", json={"query": "kitch", "limit": 5}).json()
        statistics = client.get("/api/v1/graph/statistics").json()
    assert [entity["name"] for entity in read["entities"]] == ["Kitchen"]
    assert found["count"] == 1
    assert statistics["total_entities"] == 1


@pytest.mark.plan("RBK-1/errors", "RBK-1/health")
def test_new_tasks_pass_the_check_of_a_deployment_and_keep_nothing(start: Start, migrated: dict[str, str]) -> None:
    replicas = [start(migrated), start(migrated)]
    targets = [Target(LOOPBACK, replica.port) for replica in replicas]
    for _ in range(2):
        green_check.check(targets, migrated["JWT_SECRET"], time.monotonic() + 60)
    with replicas[0].client(replicas[0].log_in().json()["access_token"]) as client:
        found = client.post("/api/v1/graph/search", json={"query": green_check.NAME, "limit": 5}).json()
    assert found["count"] == 0


@pytest.mark.plan("RBK-1/errors")
def test_new_tasks_without_their_tables_fail_the_check(
    start: Start, migrated: dict[str, str], database: Database
) -> None:
    replica = start(migrated)
    with database.connect() as owner:
        owner.execute("ALTER TABLE reference_entities RENAME TO gone")
    with pytest.raises(green_check.CheckFailed, match="read: 500 instead of entities"):
        green_check.check([Target(LOOPBACK, replica.port)], migrated["JWT_SECRET"], time.monotonic() + 60)


@pytest.mark.plan("ARC-2/container")
def test_a_stopped_task_ends_within_two_seconds(start: Start, migrated: dict[str, str]) -> None:
    replica = start(migrated)
    sent = time.monotonic()
    os.kill(replica.process.pid, signal.SIGTERM)
    replica.process.wait(timeout=10)
    assert time.monotonic() - sent < STOP_SECONDS
    assert "Finished server process" in replica.output.read_text()


def test_nobody_gets_in_without_a_token_or_with_a_wrong_password(start: Start, migrated: dict[str, str]) -> None:
    replica = start(migrated)
    assert replica.log_in("wrong").status_code == 401
    with replica.client() as client:
        assert client.get("/api/v1/graph/entities", params={"entity_type": "room"}).status_code in {401, 403}


def test_a_fresh_secret_lets_no_administrator_in(start: Start, migrated: dict[str, str]) -> None:
    replica = start(migrated | {"ADMIN_PASSWORD_HASH": "unset"})
    assert replica.log_in("unset").status_code == 401


def test_migrating_again_changes_nothing(run: Run, migrated: dict[str, str], database: Database) -> None:
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO reference_entities (id, version, entity_type, name, content, user_id, created_at)"
            " VALUES ('1', '1', 'room', 'Kitchen', '{}', 'me', now())"
        )
        again = run(migrated, *MIGRATE)
        assert (again.returncode, again.stdout) == (0, "migrate: nothing to do, the tables are there\n")
        assert connection.execute("SELECT name, is_latest FROM reference_entities").fetchall() == [("Kitchen", True)]


def test_the_migration_needs_no_secret_but_the_databases(run: Run, task: dict[str, str]) -> None:
    needed = {name: value for name, value in task.items() if name.startswith(("PG", "PATH", "PYTHONPATH", "DATABASE"))}
    assert run(needed, *MIGRATE).returncode == 0


def test_nothing_is_written_but_to_the_temporary_folder(
    start: Start, migrated: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, scratch = tmp_path / "root", tmp_path / "tmp"
    root.mkdir(mode=0o555)
    scratch.mkdir()
    monkeypatch.chdir(root)
    replica = start(migrated | {"TMPDIR": str(scratch)})
    replica.log_in("wrong")
    assert list(root.iterdir()) == []
    (folder,) = scratch.glob("funkygibbon-*")
    assert (folder / "security_audit.log").resolve() == Path(os.devnull)
    assert folder.stat().st_mode & 0o777 == 0o700

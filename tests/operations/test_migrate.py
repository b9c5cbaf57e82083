"""The migration on a real PostgreSQL: idempotent, several at once, and honest about what it cannot do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Engine,
    Enum,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    inspect,
    text,
)
from sqlalchemy.pool import NullPool

from operations import migrate
from tests.services import LOOPBACK, Database, free_port


def houses() -> MetaData:
    metadata = MetaData()
    Table(
        "houses",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("kind", Enum("flat", "villa", name="kind")),
        Column("lit", Boolean, nullable=False, server_default=text("1")),
        Column("sold", Boolean, nullable=False, server_default="0"),
        Column("floors", Integer, nullable=False, server_default=text("1")),
        Column("note", String(20), nullable=False, server_default="1"),
    )
    return metadata


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    url = URL.create(
        "postgresql+psycopg", database.owner, database.password, database.host, database.port, database.name
    )
    made = create_engine(url, poolclass=NullPool)
    yield made
    made.dispose()


@pytest.mark.plan("ARC-2/container")
def test_defaults_of_booleans_are_mended_and_others_left_alone(engine: Engine) -> None:
    assert migrate.migrate(engine, houses()) == ["houses"]
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO houses (id) VALUES (1)"))
        row = connection.execute(text("SELECT lit, sold, floors, note FROM houses")).one()
    assert tuple(row) == (True, False, 1, "1")


@pytest.mark.plan("ARC-2/container")
def test_several_at_once_create_the_tables_once(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(lambda _: migrate.migrate(engine, houses()), range(8)))
    assert sorted(created) == [[]] * 7 + [["houses"]]


def test_a_release_that_needs_a_new_column_is_stopped(engine: Engine) -> None:
    migrate.migrate(engine, houses())
    later = houses()
    later.tables["houses"].append_column(Column("garden", Boolean))
    Table("gardens", later, Column("id", Integer, primary_key=True))
    with pytest.raises(migrate.MigrationFailed, match=r"columns that the database lacks: houses\.garden\."):
        migrate.migrate(engine, later)
    assert inspect(engine).get_table_names() == ["houses"], "all of it or nothing"


def test_a_database_that_does_not_answer_is_waited_for_and_then_named(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    for name, value in (database.libpq() | {"PGPORT": str(free_port())}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=rf"did not answer within 0 s: .*{LOOPBACK}") as stopped:
        migrate.main(["--metadata", "tests.reference_service.models:Base", "--wait", "0"])
    assert database.password not in str(stopped.value)


def test_a_wrong_password_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    for name, value in (database.libpq() | {"PGPASSWORD": "not this one"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waited"))
    with pytest.raises(SystemExit, match=r"the database refused the connection: .*password authentication failed"):
        migrate.main(["--metadata", "tests.reference_service.models:Base"])


def test_a_missing_certificate_authority_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, database: Database, tmp_path: Path
) -> None:
    for name, value in (database.libpq() | {"PGSSLROOTCERT": str(tmp_path / "ca.pem")}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waited"))
    with pytest.raises(SystemExit, match=r"PGSSLROOTCERT=.*ca\.pem cannot be read: No such file"):
        migrate.main(["--metadata", "tests.reference_service.models:Base"])


@pytest.mark.parametrize("target", ["no.such.module:Base", "tests.reference_service.models:Nothing", "json:dumps"])
def test_an_application_without_tables_is_named(target: str) -> None:
    with pytest.raises(SystemExit, match=r"^migrate: "):
        migrate.main(["--metadata", target])

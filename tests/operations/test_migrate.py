"""Migration on a real PostgreSQL: idempotent, concurrent, and with an error for each change that it cannot make."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import (
    DDL,
    JSON,
    URL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Engine,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import SchemaItem

from operations import migrate
from tests.pauses import without_pauses
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
def test_defaults_of_booleans_are_corrected_and_others_left_alone(engine: Engine) -> None:
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


def release(*columns: SchemaItem, **tables: list[SchemaItem]) -> MetaData:
    """Return a release with the table ``rooms`` of these columns and constraints, and with other tables."""
    metadata = MetaData()
    for name, parts in (tables | {"rooms": [Column("id", Integer, primary_key=True), *columns]}).items():
        Table(name, metadata, *parts)
    return metadata


# What the release before has made, what this one has, and what is said.
BROKEN: dict[str, tuple[MetaData, MetaData, str]] = {
    "label": (
        release(Column("kind", Enum("flat", "villa", name="kind"))),
        release(Column("kind", Enum("flat", "villa", "tower", name="kind"))),
        r"labels .* lacks: rooms\.kind 'tower' \(ALTER TYPE kind ADD VALUE\)",
    ),
    "length": (
        release(Column("note", String(20))),
        release(Column("note", String(40))),
        r"rooms\.note character varying\(40\) instead of character varying\(20\)",
    ),
    "unlimited": (
        release(Column("note", String(20))),
        release(Column("note", Text)),
        r"rooms\.note text instead of character varying\(20\)",
    ),
    "number": (
        release(Column("seen", Integer)),
        release(Column("seen", BigInteger)),
        r"rooms\.seen bigint instead of integer",
    ),
    "time zone": (
        release(Column("seen", DateTime)),
        release(Column("seen", DateTime(timezone=True))),
        r"rooms\.seen timestamp with time zone instead of timestamp without time zone",
    ),
    "enumeration": (
        release(Column("kind", String(20))),
        release(Column("kind", Enum("flat", name="kind"))),
        r"rooms\.kind kind instead of character varying\(20\)",
    ),
    "required": (
        release(Column("note", String, nullable=False)),
        release(Column("note", String)),
        r"NULL where the database refuses it: rooms\.note",
    ),
    "unknown": (
        release(Column("note", String, nullable=False)),
        release(),
        r"rooms\.note, unknown to the release and without a default",
    ),
    "default": (
        release(Column("note", String)),
        release(Column("note", String, server_default="none")),
        r"defaults that the database lacks: rooms\.note",
    ),
    "index": (
        release(Column("note", String)),
        release(Column("note", String, index=True)),
        r"indexes that the database lacks: rooms btree \(note\)",
    ),
    "unique index": (
        release(Column("note", String)),
        release(Column("note", String), Index("once", "note", unique=True)),
        r"indexes that the database lacks: unique rooms btree \(note\)",
    ),
    "partial index": (
        release(Column("note", String, index=True)),
        release(Column("note", String), Index("some", "note", postgresql_where=text("id > 1"))),
        r"indexes that the database lacks: rooms btree \(note\) where \(id > 1\)",
    ),
    "uniqueness": (
        release(Column("note", String), UniqueConstraint("note")),
        release(Column("note", String)),
        r"what only the database enforces: unique rooms btree \(note\)",
    ),
    "check": (
        release(Column("size", Integer)),
        release(Column("size", Integer), CheckConstraint("size > 0")),
        r"constraints that the database lacks: rooms CHECK \(\(size > 0\)\)",
    ),
    "foreign key": (
        release(Column("owner", Integer), owners=[Column("id", Integer, primary_key=True)]),
        release(Column("owner", ForeignKey("owners.id")), owners=[Column("id", Integer, primary_key=True)]),
        r"constraints that the database lacks: rooms FOREIGN KEY \(owner\) REFERENCES owners\(id\)",
    ),
}


@pytest.mark.plan("ARC-2/container")
@pytest.mark.parametrize("case", BROKEN)
def test_a_release_that_cannot_use_the_schema_is_stopped(engine: Engine, case: str) -> None:
    before, later, reason = BROKEN[case]
    migrate.migrate(engine, before)
    with pytest.raises(migrate.MigrationFailed, match=reason):
        migrate.migrate(engine, later)
    assert migrate.migrate(engine, before) == [], "the release before still runs"


@pytest.mark.parametrize(
    ("before", "later"),
    [
        (release(Column("note", String(40))), release(Column("note", String(20)))),
        (release(Column("note", Text)), release(Column("note", String(20)))),
        (release(Column("seen", BigInteger)), release(Column("seen", Integer))),
        (release(Column("note", String)), release()),
        (release(Column("note", String, nullable=False, server_default="")), release()),
        (release(Column("note", String, index=True)), release(Column("note", String))),
        (release(Column("note", String)), release(Column("note", String, nullable=False))),
        (
            release(Column("kind", Enum("flat", "villa", name="kind"))),
            release(Column("kind", Enum("villa", name="kind"))),
        ),
    ],
)
def test_a_schema_that_allows_more_is_accepted(engine: Engine, before: MetaData, later: MetaData) -> None:
    migrate.migrate(engine, before)
    assert migrate.migrate(engine, later) == []


def test_a_null_that_the_release_does_not_expect_is_named(engine: Engine) -> None:
    migrate.migrate(engine, release(Column("note", String)))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO rooms (id) VALUES (1)"))
    with pytest.raises(migrate.MigrationFailed, match=r"no NULL where the database holds one: rooms\.note"):
        migrate.migrate(engine, release(Column("note", String, nullable=False)))


@pytest.mark.plan("ARC-2/container")
def test_a_schema_is_accepted_as_it_was_created(engine: Engine) -> None:
    def whole() -> MetaData:
        kind = Enum("flat", "villa", name="kind")
        owners: list[SchemaItem] = [
            Column("id", Integer, primary_key=True),
            Column("version", String(9), primary_key=True),
        ]
        return release(
            Column("owner", Integer),
            Column("owner_version", String(9)),
            Column("kind", kind, nullable=False, index=True, server_default="flat"),
            Column("content", JSON, nullable=False),
            Column("photo", LargeBinary),
            Column("size", Numeric(10, 2)),
            Column("seen", DateTime(timezone=True), server_default=text("now()")),
            ForeignKeyConstraint(["owner", "owner_version"], ["owners.id", "owners.version"], name="of_owner"),
            CheckConstraint("kind <> 'villa' OR size > 100"),
            UniqueConstraint("owner", "kind"),
            Index("large", "size", postgresql_where=text("kind = 'villa'")),
            owners=owners,
        )

    assert migrate.migrate(engine, whole()) == ["owners", "rooms"]
    assert migrate.migrate(engine, whole()) == []


@pytest.mark.plan("ARC-2/container")
def test_the_release_before_passes_on_the_schema_of_the_one_after(engine: Engine) -> None:
    before = release(Column("kind", Enum("flat", "villa", name="kind")), Column("note", String(20)))
    after = release(
        Column("kind", Enum("flat", "villa", name="kind")),
        Column("note", String(20)),
        plants=[Column("id", Integer, primary_key=True), Column("room", ForeignKey("rooms.id"))],
    )
    migrate.migrate(engine, before)
    assert migrate.migrate(engine, after) == ["plants"]
    with engine.begin() as connection:
        # By hand, as the next release will need it.
        connection.execute(text("ALTER TYPE kind ADD VALUE 'tower'"))
        connection.execute(text("ALTER TABLE rooms ADD COLUMN colour text, ALTER COLUMN note TYPE varchar(40)"))
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: migrate.migrate(engine, before), range(4))) == [[]] * 4


def test_a_migration_that_waits_for_another_gives_up(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "QUEUE_TIMEOUT", "100ms")
    with engine.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": migrate.LOCK})
        with pytest.raises(OperationalError, match="due to lock timeout"):
            migrate.migrate(engine, houses())
    assert migrate.migrate(engine, houses()) == ["houses"]


def test_a_migration_keeps_no_writer_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LOCK_TIMEOUT", "100ms")
    migrate.migrate(engine, release())
    later = release(plants=[Column("id", Integer, primary_key=True), Column("room", ForeignKey("rooms.id"))])
    with engine.begin() as writer:
        writer.execute(text("INSERT INTO rooms VALUES (1)"))
        with pytest.raises(OperationalError, match="due to lock timeout"):
            migrate.migrate(engine, later)
        writer.execute(text("INSERT INTO rooms VALUES (2)"))
    assert migrate.migrate(engine, later) == ["plants"]


def test_a_statement_that_takes_too_long_changes_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "STATEMENT_TIMEOUT", "100ms")
    slow = houses()
    wait = DDL("SELECT pg_sleep(60)")  # type: ignore[no-untyped-call]
    event.listen(slow.tables["houses"], "after_create", wait)
    with pytest.raises(OperationalError, match="due to statement timeout"):
        migrate.migrate(engine, slow)
    assert inspect(engine).get_table_names() == []


def test_the_comparison_leaves_nothing_behind(engine: Engine) -> None:
    migrate.migrate(engine, houses())
    assert migrate.migrate(engine, houses()) == []
    with engine.begin() as connection:
        types = connection.scalars(text("SELECT count(*) FROM pg_type WHERE typname = 'kind'")).one()
    assert types == 1


def test_a_database_that_does_not_answer_is_waited_for_and_then_named(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    for name, value in (database.libpq() | {"PGPORT": str(free_port())}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=rf"did not answer within 0 s: .*{LOOPBACK}") as stopped:
        migrate.main(["--metadata", "local.reference_service.models:Base", "--wait", "0"])
    assert database.password not in str(stopped.value)


def test_a_wrong_password_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    for name, value in (database.libpq() | {"PGPASSWORD": "not this one"}).items():
        monkeypatch.setenv(name, value)
    without_pauses(monkeypatch, lambda _: pytest.fail("it waited"))
    with pytest.raises(SystemExit, match=r"the database refused the connection: .*password authentication failed"):
        migrate.main(["--metadata", "local.reference_service.models:Base"])


def test_a_missing_certificate_authority_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, database: Database, tmp_path: Path
) -> None:
    for name, value in (database.libpq() | {"PGSSLROOTCERT": str(tmp_path / "ca.pem")}).items():
        monkeypatch.setenv(name, value)
    without_pauses(monkeypatch, lambda _: pytest.fail("it waited"))
    with pytest.raises(SystemExit, match=r"PGSSLROOTCERT=.*ca\.pem cannot be read: No such file"):
        migrate.main(["--metadata", "local.reference_service.models:Base"])


@pytest.mark.parametrize("target", ["no.such.module:Base", "local.reference_service.models:Nothing", "json:dumps"])
def test_an_application_without_tables_is_named(target: str) -> None:
    with pytest.raises(SystemExit, match=r"^migrate: "):
        migrate.main(["--metadata", target])

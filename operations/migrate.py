"""Schema migration: updates the database before a release's first task starts (ARC-2).

The service creates its tables itself, but not on PostgreSQL: it gives boolean columns the default ``1``, which
PostgreSQL refuses. This creates the same tables with the default written as ``true``. On a database that has them it
changes nothing, and when several run at once, one works and the others wait.

It only adds tables. Every other difference that breaks the release is refused and named, so that no release starts on a
schema that it cannot use: columns, types, labels of enumerations, nullability, defaults, indexes and constraints. The
comparison is PostgreSQL's own: the release's tables are created once more as temporary ones, and the system catalogs of
both are compared. A schema that allows more than the release needs is accepted.

The database's address comes from the variables of libpq (``PGHOST``, ``PGUSER``, …). It needs the application's
packages, whose own driver and SQLAlchemy it uses.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from sqlalchemy import Boolean, Connection, DefaultClause, Engine, MetaData, create_engine, inspect, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

METADATA = "funkygibbon.models:Base"
# Any number will do, as long as every migration takes the same one.
LOCK = 6_003_135
# How long a migration waits for the ones before it. With the wait for the database and the longest statement it is less
# than ECS gives the container (constructs_lib/aws/service/task.py), so that it ends with its own words.
QUEUE_TIMEOUT = "30s"
# A statement that waits for a lock keeps back all later ones: no request of a user waits longer for a migration.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "20s"
WAIT_SECONDS = 60
_BOOLEANS = {"0": "false", "1": "true"}
# Errors that do not pass by waiting: an answer of the server, or of libpq about the server's certificate.
_REFUSALS = (
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "certificate verify failed",
)
# Types that hold every value of the ones before them.
_WIDER = ("smallint", "integer", "bigint")
_UNLIMITED = ("character varying", "text")
_LIMITED = re.compile(r"character varying\((\d+)\)")
_COLUMNS = """
    SELECT class.relname, attribute.attname,
        CASE type.typtype WHEN 'e' THEN type.typname
            ELSE format_type(attribute.atttypid, attribute.atttypmod) END,
        attribute.attnotnull, attribute.atthasdef OR attribute.attidentity <> '',
        ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = type.oid ORDER BY enumsortorder)
    FROM pg_attribute AS attribute
    JOIN pg_class AS class ON class.oid = attribute.attrelid
    JOIN pg_type AS type ON type.oid = attribute.atttypid
    WHERE class.relnamespace = :schema AND class.relname = ANY(:tables)
        AND attribute.attnum > 0 AND NOT attribute.attisdropped
"""
_INDEXES = """
    SELECT class.relname, method.amname, "index".indisunique,
        ARRAY(SELECT pg_get_indexdef(own.oid, key, true) FROM generate_series(1, "index".indnkeyatts) AS key),
        coalesce(pg_get_expr("index".indpred, "index".indrelid), '')
    FROM pg_index AS "index"
    JOIN pg_class AS class ON class.oid = "index".indrelid
    JOIN pg_class AS own ON own.oid = "index".indexrelid
    JOIN pg_am AS method ON method.oid = own.relam
    WHERE class.relnamespace = :schema AND class.relname = ANY(:tables)
"""
# Primary keys and unique constraints are indexes.
_CONSTRAINTS = """
    SELECT class.relname, pg_get_constraintdef(found.oid)
    FROM pg_constraint AS found
    JOIN pg_class AS class ON class.oid = found.conrelid
    WHERE class.relnamespace = :schema AND class.relname = ANY(:tables) AND found.contype IN ('c', 'f')
"""
_QUALIFIED = re.compile(r"REFERENCES \w+\.")


class MigrationFailed(Exception):
    """Failed migration: one line with the problem of the database and the next step."""


@dataclass(frozen=True)
class Column:
    """Column of a table as PostgreSQL stores it.

    Attributes:
        type: name of the type with its length.
        required: whether NULL is refused.
        default: whether the database has a value for rows that name none.
        labels: values of an enumeration.
    """

    type: str
    required: bool
    default: bool
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Schema:
    """Tables of a schema.

    Attributes:
        columns: by table and name.
        indexes: in words, unique ones apart.
        unique: the unique ones.
        constraints: check constraints and foreign keys, in words.
    """

    columns: Mapping[tuple[str, str], Column]
    indexes: frozenset[str]
    unique: frozenset[str]
    constraints: frozenset[str]


def load(target: str) -> MetaData:
    """Return the tables that the application declares at ``module:attribute``, a metadata or a declarative base."""
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    metadata = getattr(found, "metadata", found)
    if not isinstance(metadata, MetaData):
        raise MigrationFailed(f"{target} is no metadata of SQLAlchemy")
    return metadata


def correct_boolean_defaults(metadata: MetaData) -> None:
    """Rewrite the defaults of boolean columns as literals that PostgreSQL accepts."""
    for table in metadata.tables.values():
        for column in table.columns:
            default = column.server_default
            if isinstance(column.type, Boolean) and isinstance(default, DefaultClause):
                literal = str(default.arg).strip("' ")
                if literal in _BOOLEANS:
                    column.server_default = DefaultClause(text(_BOOLEANS[literal]))


def require_authority(environment: Mapping[str, str]) -> None:
    """Refuse to start where the file of the certificate authority, ``PGSSLROOTCERT``, cannot be read."""
    file = environment.get("PGSSLROOTCERT", "")
    if file in {"", "system"}:  # libpq's default
        return
    try:
        Path(file).read_bytes()
    except OSError as error:
        raise MigrationFailed(
            f"PGSSLROOTCERT={file} cannot be read: {error.strerror}. It holds the database's certificate authority"
        ) from error


def wait_for(engine: Engine, seconds: float) -> None:
    """Wait until the database answers; give up after the timeout, and at once when it refuses."""
    end = time.monotonic() + seconds
    while True:
        try:
            with engine.connect():
                return
        except OperationalError as error:
            reason = " ".join(str(error.orig).split())
            if any(refusal in reason for refusal in _REFUSALS):
                raise MigrationFailed(f"the database refused the connection: {reason}") from error
            if time.monotonic() >= end:
                raise MigrationFailed(f"the database did not answer within {seconds:g} s: {reason}") from error
        time.sleep(1)


def migrate(engine: Engine, metadata: MetaData) -> list[str]:
    """Create what is missing, all of it or nothing, and return the new tables' names."""
    correct_boolean_defaults(metadata)
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{QUEUE_TIMEOUT}'"))
        # Held to the end of the transaction. A waiting migration then finds the tables.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
        before = set(inspect(connection).get_table_names())
        metadata.create_all(connection)
        if problems := list(_problems(connection, metadata)):
            raise MigrationFailed(f"this release needs {'; '.join(problems)}. Alter the schema first")
    return sorted(set(metadata.tables) - before)


def _problems(connection: Connection, metadata: MetaData) -> Iterator[str]:
    tables = sorted(table.name for table in metadata.tables.values() if not table.schema)
    present = _read(connection, "current_schema()::regnamespace", tables)
    needed = _needed(connection, metadata, tables)
    yield from _list("columns that the database lacks", sorted(_lacking(present, needed)))
    yield from _list("other types", sorted(_other_types(present, needed)))
    yield from _list("labels that an enumeration of the database lacks", sorted(_lacking_labels(present, needed)))
    yield from _list("NULL where the database refuses it", sorted(_refused_nulls(present, needed)))
    yield from _list("no NULL where the database holds one", sorted(_found_nulls(connection, present, needed)))
    yield from _list("defaults that the database lacks", sorted(_lacking_defaults(present, needed)))
    yield from _list("indexes that the database lacks", sorted(needed.indexes - present.indexes))
    yield from _list("constraints that the database lacks", sorted(needed.constraints - present.constraints))
    foreign = (present.unique - needed.unique) | (present.constraints - needed.constraints)
    yield from _list("freedom from what only the database enforces", sorted(foreign))


def _list(kind: str, found: Sequence[str]) -> Iterator[str]:
    if found:
        yield f"{kind}: {', '.join(found)}"


def _needed(connection: Connection, metadata: MetaData, tables: Sequence[str]) -> Schema:
    # Every user may create temporary tables (privilege TEMPORARY of PUBLIC, "Privileges", PostgreSQL documentation).
    attempt = connection.begin_nested()
    metadata.create_all(connection.execution_options(schema_translate_map={None: "pg_temp"}))
    connection.execution_options(schema_translate_map=None)
    needed = _read(connection, "pg_my_temp_schema()", tables)
    attempt.rollback()
    return needed


def _read(connection: Connection, schema: str, tables: Sequence[str]) -> Schema:
    given = {"schema": connection.scalar(text(f"SELECT ({schema})::oid::bigint")), "tables": list(tables)}
    columns = {
        (table, name): Column(kind, required, default, tuple(labels))
        for table, name, kind, required, default, labels in connection.execute(text(_COLUMNS), given)
    }
    indexes, unique = set(), set()
    for table, method, is_unique, keys, predicate in connection.execute(text(_INDEXES), given):
        words = f"{table} {method} ({', '.join(keys)})" + (f" where {predicate}" if predicate else "")
        indexes.add(f"unique {words}" if is_unique else words)
        if is_unique:
            unique.add(f"unique {words}")
    constraints = {
        f"{table} {_QUALIFIED.sub('REFERENCES ', words)}"
        for table, words in connection.execute(text(_CONSTRAINTS), given)
    }
    return Schema(columns, frozenset(indexes), frozenset(unique), frozenset(constraints))


def _shared(present: Schema, needed: Schema) -> Iterator[tuple[str, Column, Column]]:
    for place, column in needed.columns.items():
        if place in present.columns:
            yield ".".join(place), present.columns[place], column


def _lacking(present: Schema, needed: Schema) -> Iterator[str]:
    yield from (".".join(place) for place in needed.columns.keys() - present.columns.keys())


def _other_types(present: Schema, needed: Schema) -> Iterator[str]:
    for place, found, wanted in _shared(present, needed):
        if not _holds(found.type, wanted.type):
            yield f"{place} {wanted.type} instead of {found.type}"


def _holds(found: str, wanted: str) -> bool:
    if found == wanted:
        return True
    if found in _WIDER and wanted in _WIDER:
        return _WIDER.index(found) > _WIDER.index(wanted)
    wanted_length = _LIMITED.fullmatch(wanted)
    if wanted_length is None:
        return found in _UNLIMITED and wanted in _UNLIMITED
    length = _LIMITED.fullmatch(found)
    return found in _UNLIMITED or (length is not None and int(length[1]) >= int(wanted_length[1]))


def _lacking_labels(present: Schema, needed: Schema) -> Iterator[str]:
    for place, found, wanted in _shared(present, needed):
        if found.type == wanted.type:
            for label in set(wanted.labels) - set(found.labels):
                yield f"{place} {label!r} (ALTER TYPE {found.type} ADD VALUE)"


def _refused_nulls(present: Schema, needed: Schema) -> Iterator[str]:
    yield from (place for place, found, wanted in _shared(present, needed) if found.required and not wanted.required)
    # A release writes no column that it does not know.
    for place in present.columns.keys() - needed.columns.keys():
        if present.columns[place].required and not present.columns[place].default:
            yield f"{'.'.join(place)}, unknown to the release and without a default"


def _found_nulls(connection: Connection, present: Schema, needed: Schema) -> Iterator[str]:
    quote = connection.dialect.identifier_preparer.quote
    for (table, name), wanted in needed.columns.items():
        found = present.columns.get((table, name))
        if found and wanted.required and not found.required:
            query = f"SELECT EXISTS (SELECT FROM {quote(table)} WHERE {quote(name)} IS NULL)"  # noqa: S608
            if connection.scalar(text(query)):
                yield f"{table}.{name}"


def _lacking_defaults(present: Schema, needed: Schema) -> Iterator[str]:
    yield from (place for place, found, wanted in _shared(present, needed) if wanted.default and not found.default)


def main(arguments: Sequence[str] | None = None) -> None:
    """Migrate the database that the environment names."""
    parser = argparse.ArgumentParser(prog="migrate", description="Bring the database's schema up to date.")
    parser.add_argument("--metadata", default=METADATA, help="module:attribute of the tables (%(default)s)")
    parser.add_argument(
        "--wait", type=float, default=WAIT_SECONDS, help="seconds to wait for the database (%(default)s)"
    )
    options = parser.parse_args(arguments)
    engine = create_engine("postgresql+psycopg://")
    try:
        metadata = load(options.metadata)
        require_authority(os.environ)
        wait_for(engine, options.wait)
        created = migrate(engine, metadata)
    except (MigrationFailed, ImportError, AttributeError) as error:
        sys.exit(f"migrate: {error}.")
    except SQLAlchemyError as error:
        sys.exit(f"migrate: nothing was changed: {' '.join(str(error).split())}")
    finally:
        engine.dispose()
    print(f"migrate: created {', '.join(created)}" if created else "migrate: nothing to do, the tables are there")


if __name__ == "__main__":
    main()

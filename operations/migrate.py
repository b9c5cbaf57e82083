"""Schema migration: updates the database before a release's first task starts (ARC-2).

The service creates its tables itself, but not on PostgreSQL: it gives boolean columns the default ``1``, which
PostgreSQL refuses. This creates the same tables with the default written as ``true``. On a database that has them it
changes nothing, and when several run at once, one works and the others wait.

It only adds tables. If a release has a column that a table lacks, it fails and names it, so that no release starts on a
schema that it cannot use.

The database's address comes from the variables of libpq (``PGHOST``, ``PGUSER``, …). It needs the application's
packages, whose own driver and SQLAlchemy it uses.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from sqlalchemy import Boolean, Connection, DefaultClause, Engine, MetaData, create_engine, inspect, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

METADATA = "funkygibbon.models:Base"
# Any number will do, as long as every migration takes the same one.
LOCK = 6_003_135
LOCK_TIMEOUT = "120s"
_BOOLEANS = {"0": "false", "1": "true"}
# Errors that do not pass by waiting: an answer of the server, or of libpq about the server's certificate.
_REFUSALS = (
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "certificate verify failed",
)


class MigrationFailed(Exception):
    """Failed migration: one line with the problem of the database and the next step."""


def load(target: str) -> MetaData:
    """Return the tables that the application declares at ``module:attribute``, a metadata or a declarative base."""
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    metadata = getattr(found, "metadata", found)
    if not isinstance(metadata, MetaData):
        raise MigrationFailed(f"{target} is no metadata of SQLAlchemy")
    return metadata


def mend(metadata: MetaData) -> None:
    """Write the defaults of boolean columns as PostgreSQL wants them."""
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
            f"PGSSLROOTCERT={file} cannot be read: {error.strerror}. It names who signed the database's certificate"
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
    mend(metadata)
    with engine.begin() as connection:
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        # Held to the end of the transaction. A waiting migration then finds the tables.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        before = set(inspect(connection).get_table_names())
        metadata.create_all(connection)
        _refuse_missing_columns(connection, metadata, before)
    return sorted(set(metadata.tables) - before)


def _refuse_missing_columns(connection: Connection, metadata: MetaData, tables: set[str]) -> None:
    inspector = inspect(connection)
    missing = [
        f"{name}.{column}"
        for name in sorted(tables & set(metadata.tables))
        for column in sorted(
            set(metadata.tables[name].columns.keys()) - {found["name"] for found in inspector.get_columns(name)}
        )
    ]
    if missing:
        raise MigrationFailed(
            f"this release needs columns that the database lacks: {', '.join(missing)}. Add them first"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Migrate the database that the environment names."""
    parser = argparse.ArgumentParser(prog="migrate", description="Bring the database's schema up to date.")
    parser.add_argument("--metadata", default=METADATA, help="module:attribute of the tables (%(default)s)")
    parser.add_argument("--wait", type=float, default=60, help="seconds to wait for the database (%(default)s)")
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

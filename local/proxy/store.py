"""State of an embedded cloud: documents and contents by name, in one SQLite file that survives a kill."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assembly.values import Json
from local.errors import EmbeddedCloudError

# Raised with each change of what the file holds, so that one of another checkout's version is not misread.
_FORMAT = 1
_TABLES = (
    "CREATE TABLE documents (space TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (space, name)) WITHOUT ROWID",
    "CREATE TABLE contents (space TEXT, name TEXT, value BLOB NOT NULL, PRIMARY KEY (space, name))",
)
_WHOLE = ("BEGIN", "COMMIT", "ROLLBACK")
_PART = ("SAVEPOINT part", "RELEASE part", "ROLLBACK TO part")
# Sorts after every character that a name may hold.
_LAST = "\U0010ffff"


class StoreError(EmbeddedCloudError):
    """A store's file that cannot be used: damaged, or written by another version."""


class Documents:
    """JSON documents by name. What is given back is a copy: a change counts when it is put."""

    def __init__(self, connection: sqlite3.Connection, space: str) -> None:
        self._connection = connection
        self._space = space

    def get(self, name: str) -> Json:
        """Return a document; None where there is none."""
        query = "SELECT value FROM documents WHERE space = ? AND name = ?"
        row = self._connection.execute(query, (self._space, name)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, name: str, value: Json) -> None:
        """Store a document under a name, in place of what was there."""
        query = "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)"
        self._connection.execute(query, (self._space, name, json.dumps(value)))

    def delete(self, name: str) -> None:
        """Remove a document; nothing happens where there is none."""
        self._connection.execute("DELETE FROM documents WHERE space = ? AND name = ?", (self._space, name))

    def list(self, prefix: str = "") -> dict[str, Json]:
        """Return the documents whose names begin with a prefix, in the order of their names."""
        query = "SELECT name, value FROM documents WHERE space = ? AND name >= ? AND name < ? ORDER BY name"
        rows = self._connection.execute(query, (self._space, prefix, prefix + _LAST))
        return {name: json.loads(value) for name, value in rows}


class Contents:
    """Bytes by name: what is in an object, a chart's archive."""

    def __init__(self, connection: sqlite3.Connection, space: str) -> None:
        self._connection = connection
        self._space = space

    def get(self, name: str) -> bytes | None:
        """Return the bytes; None where there are none of the name."""
        query = "SELECT value FROM contents WHERE space = ? AND name = ?"
        row = self._connection.execute(query, (self._space, name)).fetchone()
        return row[0] if row else None

    def put(self, name: str, value: bytes) -> None:
        """Store bytes under a name, in place of what was there."""
        self._connection.execute("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", (self._space, name, value))

    def delete(self, name: str) -> None:
        """Remove the bytes; nothing happens where there are none."""
        self._connection.execute("DELETE FROM contents WHERE space = ? AND name = ?", (self._space, name))


class Store:
    """Documents and contents of all APIs of a cloud. One thread uses it.

    Args:
        file: SQLite file; made where it is not there. Without it, the state lies in memory.

    Raises:
        StoreError: the file is damaged, or of another version.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        if file and file.exists() and not file.stat().st_size:
            # SQLite would begin anew, and drop what it has not moved from its log to the file yet.
            raise StoreError(f"{file}: the state of the embedded cloud cannot be read (the file is empty).")
        try:
            self._connection = sqlite3.connect(file or ":memory:", isolation_level=None)
            self._open()
        except sqlite3.Error as error:
            raise StoreError(f"{file}: the state of the embedded cloud cannot be read ({error}).") from None

    def documents(self, space: str) -> Documents:
        """Return the documents of one API, such as ``compute``."""
        return Documents(self._connection, space)

    def contents(self, space: str) -> Contents:
        """Return the contents of one API, such as ``storage``."""
        return Contents(self._connection, space)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make what the block stores durable, all of it or nothing; nothing where the block raises an error.

        A transaction in another is a part of it, and becomes durable with it.

        Raises:
            sqlite3.Error: the disk does not take it; nothing of it is stored.
        """
        begin, commit, rollback = _PART if self._connection.in_transaction else _WHOLE
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute(commit)
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute(rollback)
            raise

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _open(self) -> None:
        found = self._connection.execute("PRAGMA user_version").fetchone()[0]
        tables = self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if (problem := self._connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(problem)
        # What is committed is the system's, and outlives the process; the disk has it at the next checkpoint.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if found == tables == 0:
            with self.transaction():
                for statement in _TABLES:
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {_FORMAT}")
        elif found != _FORMAT:
            raise StoreError(f"{self._file}: its format is {found}, and this checkout reads format {_FORMAT}.")

"""SQL prompt of an operator's session in a task of the service, which has psycopg and no psql (`make psql`).

    python sql.py [--write]

It takes the connection from libpq's variables, as the service does. Statements end with a semicolon. Without --write
every transaction is read-only: that keeps a slip of the keyboard from changing data, and is no boundary for somebody
who means it, because the session has the service's user.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

_ROWS = 200
_LIMITS = "-c statement_timeout=60s -c idle_in_transaction_session_timeout=300s"
_READ_ONLY = "-c default_transaction_read_only=on"
_TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


def statements(lines: Iterable[str]) -> Iterator[str]:
    r"""Yield each statement of the lines, and each command that begins with a backslash; ends at a line ``\q``."""
    parts: list[str] = []
    for line in lines:
        text = line.strip()
        if not parts and text.startswith("\\"):
            if text == "\\q":
                return
            yield text
        elif text:
            parts.append(line)
            if text.endswith(";"):
                yield "\n".join(parts)
                parts = []


def answer(connection: psycopg.Connection[Any], statement: str) -> Iterator[str]:
    """Yield the lines of a statement's answer, or its error."""
    if statement.startswith("\\") and statement != "\\dt":
        yield "Only \\dt, which lists the tables, and \\q are known; SQL ends with a semicolon."
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute((_TABLES if statement == "\\dt" else statement).encode())
            if cursor.description is None:
                yield cursor.statusmessage or "done"
                return
            yield "\t".join(column.name for column in cursor.description)
            for row in cursor.fetchmany(_ROWS):
                yield "\t".join("" if value is None else _printable(value) for value in row)
            more = f", of which the first {_ROWS} are shown" if cursor.rowcount > _ROWS else ""
            yield f"({cursor.rowcount} rows{more})"
    except psycopg.Error as error:
        yield f"error: {error}".strip()


def _printable(value: object) -> str:
    """Return a value on one line; data of users must not steer the terminal."""
    text = str(value)
    return text if text.isprintable() else ascii(text)


def _typed() -> Iterator[str]:
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def main(*, write: bool, lines: Iterable[str] | None = None) -> None:
    """Answer statements until the end of the input."""
    options = _LIMITS if write else f"{_LIMITS} {_READ_ONLY}"
    with psycopg.connect(autocommit=True, options=options, application_name="goodies-session") as connection:
        print(
            f"Connected as {connection.info.user}, {'to write' if write else 'read-only'}. \\dt lists tables, \\q ends."
        )
        for statement in statements(lines if lines is not None else _typed()):
            for line in answer(connection, statement):
                print(line)


if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])

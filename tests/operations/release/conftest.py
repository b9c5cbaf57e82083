"""Tasks of a small service over HTTP, and clients of AWS; tests change what they answer."""

import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from operations.release.direct_calls import Target

SEARCH = "/api/v1/graph/search"
ENVIRONMENT = {
    "ENVIRONMENT": "GoodiesProd",
    "RELEASE": "/goodies/prod/release",
    "URGENT": "/goodies/prod/urgent",
    "REFUSAL": "/goodies/prod/refusal",
    "TEAM": "team-topic",
    "ON_CALL": "on-call-topic",
    "RUNBOOK": "docs/runbooks/rollback.md",
    "ALARM_PREFIX": "GoodiesProd-Deployment-",
    "JWT_SECRET_ARN": "jwt",
    "SECONDS": "5",
}
Answer = tuple[int, object]


class Database:
    """Entities by id that tasks share: the latest version of each."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, Any]] = {}


class ServiceTask:
    """A task that answers as the service does.

    Attributes:
        instead: answers that it gives to a method and the beginning of a path, in place of its own.
        seen: methods, paths and tokens of the requests.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.instead: dict[tuple[str, str], Answer] = {}
        self.seen: list[tuple[str, str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.target = Target("127.0.0.1", self._server.server_port)
        self.address = f"127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str, body: Any) -> Answer:
        changed = [
            answer for (verb, prefix), answer in self.instead.items() if method == verb and path.startswith(prefix)
        ]
        if changed:
            return changed[-1]
        entities = self.database.entities
        match method, path.partition("?")[0]:
            case "GET", "/health":
                return 200, {"status": "healthy"}
            case "POST", "/api/v1/auth/admin/login":
                return 401, {"detail": "Invalid password"}
            case "GET", "/api/v1/graph/entities":
                return 200, {"entities": [], "total": 0}
            case "POST", "/api/v1/graph/entities":
                entity = {"id": str(uuid.uuid4()), **body}
                entities[entity["id"]] = entity
                return 200, {"entity": entity}
            case "POST", "/api/v1/graph/search":
                found = [each for each in entities.values() if not each["content"].get("deleted")]
                return 200, {"results": [{"entity": each} for each in found if body["query"] in each["name"]]}
            case "PUT", _:
                entities[path.rpartition("/")[2]] |= {key: body[key] for key in ("content", "user_id")}
                return 200, {"entity": entities[path.rpartition("/")[2]]}
            case _:
                found_one = entities.get(path.rpartition("/")[2])
                return (200, {"entity": found_one}) if found_one else (404, {"detail": "Entity not found"})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        task = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                given = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                task.seen.append((self.command, self.path, self.headers.get("Authorization", "")))
                status, body = task.answer(self.command, self.path, json.loads(given) if given else None)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            do_POST = do_PUT = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler


StartTask = Callable[[], ServiceTask]


@pytest.fixture
def start_task() -> Iterator[StartTask]:
    """Start a task; all tasks of a test share their entities."""
    started: list[ServiceTask] = []
    database = Database()

    def start() -> ServiceTask:
        started.append(ServiceTask(database))
        return started[-1]

    yield start
    for task in started:
        task.stop()


class AwsAnswers:
    """Clients of AWS, which answer with what a test sets.

    Attributes:
        parameters: values by name.
        answers: answers or errors by operation, as boto3 names it.
        calls: arguments of the calls by operation.
    """

    def __init__(self) -> None:
        self.parameters = {"/goodies/prod/release": "0.3.0-2a1ec34", "/goodies/prod/urgent": "none"}
        self.answers: dict[str, Any] = {}
        self.calls: dict[str, list[dict[str, Any]]] = defaultdict(list)

    @property
    def published(self) -> list[str]:
        return [str(call["TopicArn"]) for call in self.calls["publish"]]

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**given: Any) -> Any:
            self.calls[operation].append(given)
            answer = self.answers.get(operation, {})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_parameter(self, **given: str) -> Any:
        if isinstance(error := self.answers.get("get_parameter"), Exception):
            raise error
        return {"Parameter": {"Value": self.parameters[given["Name"]]}}

    def get_paginator(self, operation: str) -> Any:
        return Pages(getattr(self, operation))


class Pages:
    """Pages of an operation: one."""

    def __init__(self, operation: Callable[..., Any]) -> None:
        self._operation = operation

    def paginate(self, **given: Any) -> list[Any]:
        return [self._operation(**given)]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> AwsAnswers:
    """AWS as a hook's function meets it, with the variables of the function."""
    found = AwsAnswers()
    monkeypatch.setattr(boto3, "client", lambda _service: found)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return found

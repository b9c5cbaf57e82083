"""Google's REST APIs without a proxy, and a client that holds each answer to its discovery document."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.gcp.rest import checks
from local.gcp.rest.apis import RestApis, find
from local.proxy.api import Request
from local.proxy.store import Store

PROJECT = "acme-prod"


@dataclass
class Google:
    """Client of the APIs.

    Attributes:
        store: state of the APIs.
        apis: that are asked.
    """

    store: Store = field(default_factory=Store)
    apis: RestApis = field(init=False)

    def __post_init__(self) -> None:
        self.apis = RestApis(self.store)

    def send(self, method: str, url: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Return status and content of an answer; one that succeeds must be what the method's document describes."""
        parts = urlsplit(f"https://{url}")
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(method=method, host=parts.netloc, path=parts.path, query=query, body=content)
        response = self.apis.answer(request)
        answer = json.loads(response.body) if response.body else None
        if response.status < 300 and answer is not None:
            found = find(request)
            assert found
            assert violations(found[0], answer) == []
        return response.status, answer

    def ok(self, method: str, url: str, body: Any = None, **query: str) -> Any:
        """Return the content of an answer that succeeds."""
        status, answer = self.send(method, url, body, **query)
        assert status in (200, 204), answer
        return answer

    def refused(self, method: str, url: str, body: Any = None, **query: str) -> tuple[int, str]:
        """Return status and message of an answer that refuses."""
        status, answer = self.send(method, url, body, **query)
        assert status >= 400, answer
        assert answer["error"]["code"] == status
        return status, answer["error"]["message"]


def violations(method: Any, answer: Any) -> list[str]:
    """Return where an answer is not what the method's document describes."""
    root = checks.Value(method.document, method, "", method.response, answer)
    form = (checks.check_type, checks.check_enum, checks.check_names)
    return [each.description for value in checks.walk(root) for check in form for each in check(value)]


@pytest.fixture
def google() -> Google:
    """An embedded Google Cloud's APIs, without anything in them."""
    return Google()


@pytest.fixture
def project(google: Google) -> str:
    """A project that is there."""
    google.ok("POST", "cloudresourcemanager.googleapis.com/v3/projects", {"projectId": PROJECT})
    return PROJECT

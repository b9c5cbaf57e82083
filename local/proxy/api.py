"""Requests to a cloud's API and their answers, as the proxy hands them over."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from assembly.values import Json


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request of a client, after TLS.

    Attributes:
        method: ``GET``, ``POST`` and so on.
        host: name that the client connected to, in lower case and without a port.
        path: path as it was sent, percent-encoded.
        query: parameters of the query, decoded; the last one of a name counts.
        headers: by names in lower case.
        body: after transfer encoding and compression are removed.
    """

    method: str
    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Json:
        """Return the body as JSON; an empty body is None.

        Raises:
            ValueError: the body is no JSON.
        """
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, kw_only=True)
class Response:
    """An answer.

    Attributes:
        status: HTTP status.
        body: content.
        headers: by name.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(cls, value: Json, *, status: int = 200) -> "Response":
        """Return an answer that holds JSON."""
        headers = {"content-type": "application/json; charset=UTF-8"}
        return cls(status=status, body=json.dumps(value).encode(), headers=headers)


class Api(Protocol):
    """An API of a cloud: answers for some names."""

    def serves(self, host: str) -> bool:
        """Return whether the API answers for a name."""

    def answer(self, request: Request) -> Response:
        """Answer a request for one of its names."""

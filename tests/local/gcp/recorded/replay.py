"""Replay of a recording: its requests are sent to the APIs of an embedded Google Cloud, and each answer is compared.

A recording is a file of JSON lines. A line with ``step`` begins a run of Terraform on a stack, a line with ``resource``
what it does for a resource; every other line is a request:

- ``send``: method and URL without ``https://``; ``body``; ``type`` where the body is no ``application/json``.
- ``literals``: which argument of the resource stands where in the body: ``{"/labels/env": "labels/env"}``.
- ``wait``: seconds that nothing was sent before; the clock is moved by them.
- ``status`` where it is not 200, and ``answer``.

A line with ``again`` has the numbers of requests that are sent again and answered as before.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from assembly.values import Json
from local.gcp.__main__ import apis
from local.proxy import clock
from local.proxy.api import Api, Request, Response
from local.proxy.store import Store
from tests.local.gcp.recorded.literals import literal
from tests.local.gcp.recorded.values import Bindings, Path, leaves, mapped, put, unpacked

HTTPS = "https://"
FOLDER = FilePath(__file__).parent
RECORDING = FOLDER / "requests.jsonl"
# The versions that were recorded, and the arguments of each type.
RECORDED = FOLDER / "recorded.json"
# The provider tells the API of Kubernetes in this way which of several forms it takes.
_JSON = "application/json"


class ReplayError(AssertionError):
    """An answer is another one than the recorded one."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A recorded request.

    Attributes:
        number: of the request.
        wait: seconds that pass before it.
        step: run of Terraform that it belongs to, such as ``apply``.
        stack: that it was run on; empty where Terraform was not.
        resource: the request was sent for it; empty where it was sent for none.
        method: of HTTP.
        url: with placeholders.
        body: with placeholders; None where there is none.
        type: of the body.
        literals: path in the body, and that of the resource's argument.
        status: of the answer.
        answer: with placeholders; None where it is not compared.
    """

    number: int
    wait: float
    step: str
    stack: str
    resource: str
    method: str
    url: str
    body: Json
    type: str
    literals: Mapping[str, str]
    status: int
    answer: Json

    def __str__(self) -> str:
        return f"request {self.number} ({self.step} {self.stack} {self.resource}): {self.method} {self.url}"


def rows(lines: Sequence[str]) -> Iterator[Row]:
    """Yield the requests of a recording's lines."""
    place = {"step": "", "stack": "", "resource": ""}
    known: list[Row] = []
    for content in unpacked(lines):
        if "again" in content:
            yield from (replace(known[number], **place | {"resource": ""}, wait=0) for number in content["again"])
        elif "send" not in content:
            place = {"resource": "", **({} if "step" in content else place), **content}
        else:
            known.append(_row(len(known), place, content))
            yield known[-1]


def _row(number: int, place: Mapping[str, str], content: Json) -> Row:
    method, _, url = content["send"].partition(" ")
    return Row(
        number=number,
        wait=content.get("wait", 0),
        step=place["step"],
        stack=place["stack"],
        resource=place["resource"],
        method=method,
        url=HTTPS + url,
        body=content.get("body"),
        type=content.get("type", _JSON),
        literals=content.get("literals", {}),
        status=content.get("status", HTTPStatus.OK),
        answer=content.get("answer"),
    )


@cache
def recording() -> Sequence[Row]:
    """Return the recording of this checkout."""
    return list(rows(RECORDING.read_text().splitlines()))


def parsed(path: str) -> Path:
    """Return a path as the recording writes it: ``/rules/0/name``."""
    return tuple(int(key) if key.isdecimal() else key.replace("~1", "/") for key in path.split("/")[1:])


def written(path: Path) -> str:
    """Return a path in the recording's form."""
    return "".join(f"/{str(key).replace('/', '~1')}" for key in path)


@dataclass
class Replay:
    """Embedded Google Cloud that is sent the requests of a recording.

    Attributes:
        stacks: those of today, by name, as Terraform reads them.
        store: state of the APIs.
        bindings: what they have made.
        changed: literals that are others today, by what they were; with an empty one, answers may have other fields.
        types: those with other literals today, whose answers may have other fields; grants share policies.
    """

    stacks: Mapping[str, Mapping[str, Any]]
    store: Store = field(default_factory=Store)
    bindings: Bindings = field(default_factory=Bindings)
    changed: dict[str, set[str]] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    apis: Sequence[Api] = field(init=False)

    def __post_init__(self) -> None:
        self.apis = apis(self.store)

    def run(self, recorded: Sequence[Row], before: Callable[[Row, Request], None] | None = None) -> None:
        """Send all requests of a recording.

        Args:
            recorded: its requests.
            before: is called before each request, which is sent thereafter.

        Raises:
            ReplayError: an answer is not the recorded one.
        """
        for row in recorded:
            clock.move(self.store, seconds=row.wait)
            request = self.request(row)
            if before:
                before(row, request)
            self.compare(row, self.send(request))

    def request(self, row: Row) -> Request:
        """Return a recorded request with what the server made, and with today's literals."""
        body = mapped(self._today(row), self.bindings.fill)
        return request_of(row.method, self.bindings.fill(row.url), body, row.type)

    def _today(self, row: Row) -> Json:
        if not row.literals:
            return row.body
        body = json.loads(json.dumps(row.body))
        for at, argument in row.literals.items():
            path = parsed(at)
            value = body
            for key in path:
                value = value[key]
            try:
                new = literal(self.stacks, row.stack, row.resource, parsed(argument))
            except LookupError:
                continue  # the resource or the argument is no longer there
            if isinstance(value, str) and not isinstance(new, str):
                new = json.dumps(new)
            if new != value:
                put(body, path, new)
                self.types.add(_type(row))  # lists may have other lengths
                for (_, was), (_, now) in zip(leaves(value), leaves(new), strict=False):
                    self.changed.setdefault(json.dumps(was), set()).add(json.dumps(now))
        return body

    def send(self, request: Request) -> Response:
        """Return the answer to a request."""
        api = next((each for each in self.apis if each.serves(request.host)), None)
        if api is None:
            raise ReplayError(f"no API serves {request.host}")
        with self.store.transaction():
            return api.answer(request)

    def compare(self, row: Row, response: Response) -> None:
        """Compare an answer with the recorded one, and take from it what the server has made.

        Raises:
            ReplayError: it is another one.
        """
        if response.status != row.status:
            raise ReplayError(f"{row}: answered {response.status}, not {row.status}: {response.body[:500]!r}")
        if row.answer is None:
            return
        answered = dict(leaves(json.loads(response.body)))
        expected = dict(leaves(row.answer))
        # Output-only values that are new to the provider do no harm; those that it has read before must stay.
        may_differ = "" in self.changed or _type(row) in self.types or bool(self.types and not _type(row))
        for path in expected:
            if path not in answered and not may_differ:
                raise ReplayError(f"{row}: {written(path)} is missing from the answer")
        for path, value in answered.items():
            if path not in expected and not may_differ:
                raise ReplayError(f"{row}: {written(path)} is new in the answer: {value!r}")
        for path, value in expected.items():
            if path not in answered:
                continue
            found = answered[path]
            same = self.bindings.matches(value, found) if isinstance(value, str) else value == found
            if not same and json.dumps(found) not in self.changed.get(json.dumps(value), ()):
                raise ReplayError(f"{row}: {written(path)} is {found!r}, not {value!r}")


def _type(row: Row) -> str:
    """Return the type of the resource that a request was sent for; all grants have the same."""
    kind = row.resource.partition(".")[0]
    return "iam" if kind.endswith(("_iam_member", "_iam_audit_config")) else kind


def request_of(method: str, url: str, body: Json, kind: str) -> Request:
    """Return a request as the proxy hands it over."""
    parts = urlsplit(url)
    content = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Request(
        method=method,
        host=parts.netloc,
        path=parts.path,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={"content-type": kind, "accept": _JSON},
        body=content,
    )

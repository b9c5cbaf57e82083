"""Replay of recorded requests: each is sent again, and its answer compared with the recorded one.

What a run makes up (times, versions of keys, ids of operations) is bound to what the replay makes up in its place, and
taken over into later requests.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.azure.__main__ import apis
from local.azure.tokens import Tokens
from local.proxy.api import Request
from local.proxy.store import Store

RECORDING = Path(__file__).with_name("requests.jsonl")
# Forms of what a run makes up and names again: a UUID, a version of a key.
_NAMED = (
    re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    re.compile(r"(?<![0-9a-f\"])[0-9a-f]{32}(?![0-9a-f])"),
)
# Forms of what it makes up only: a time, an etag, a part of a key.
_MADE_UP = (
    re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)"),
    re.compile(r'W/"[0-9a-f]{32}"'),
    re.compile(r"[\w-]{300,}"),
)


class ReplayError(AssertionError):
    """An answer is another one than the recorded one."""


@dataclass(frozen=True)
class Row:
    """A recorded request.

    Attributes:
        number: its line.
        sent: method, host, path, query, headers and body.
        status: of the answer.
        answer: as JSON; None where there is none.
    """

    number: int
    sent: dict[str, Any]
    status: int
    answer: Any

    def __str__(self) -> str:
        return f"request {self.number}: {self.sent['method']} {self.sent['host']}{self.sent['path']}"


def rows() -> Iterator[Row]:
    """Yield the recorded requests."""
    for number, line in enumerate(RECORDING.read_text().splitlines(), 1):
        content = json.loads(line)
        yield Row(number, content["sent"], content["status"], content["answer"])


@dataclass
class Replay:
    """Replay of a recording to an embedded Azure of its own.

    Attributes:
        store: of the emulator.
        bound: what the replay made up, by what the recording has in its place.
    """

    store: Store = field(default_factory=Store)
    bound: dict[str, str] = field(default_factory=dict)
    _pattern: re.Pattern[str] | None = None

    def send(self, row: Row) -> None:
        """Send a request again.

        Raises:
            ReplayError: the answer is another one.
        """
        sent = json.loads(self._filled(json.dumps(row.sent)))
        body = sent["body"]
        request = Request(
            method=sent["method"],
            host=sent["host"],
            path=sent["path"],
            query=sent["query"],
            headers=sent["headers"],
            body=base64.b64decode(body["base64"]) if isinstance(body, dict) and "base64" in body else _encoded(body),
        )
        api = next((each for each in apis(self.store, Tokens("secret")) if each.serves(request.host)), None)
        if api is None:
            raise ReplayError(f"{row}: no API serves the name")
        with self.store.transaction():
            response = api.answer(request)
        if response.status != row.status:
            raise ReplayError(f"{row}: {response.status} {response.body!r}, and not {row.status}")
        for header, value in row.sent.get("answered", {}).items():
            self._compare(row, header, value, response.headers.get(header))
        if row.answer is not None:
            self._compare(row, "", row.answer, json.loads(response.body))

    def _compare(self, row: Row, path: str, wanted: Any, found: Any) -> None:
        if path.endswith(".resourceTypes"):
            assert isinstance(found, list)  # a provider's types, which grow with local/azure/arm/kinds
        elif isinstance(wanted, dict) and isinstance(found, dict):
            for key in wanted.keys() | found.keys():
                self._compare(row, f"{path}.{key}", wanted.get(key), found.get(key))
        elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
            for number, pair in enumerate(zip(wanted, found, strict=True)):
                self._compare(row, f"{path}[{number}]", *pair)
        elif isinstance(wanted, str) and isinstance(found, str):
            self._bind(row, path, wanted, found)
        elif path.rpartition(".")[2] in {"created", "updated", "deletedDate", "scheduledPurgeDate"}:
            assert isinstance(found, int)
        elif wanted != found:
            raise ReplayError(f"{row}: {path}: {found!r}, and not {wanted!r}")

    def _bind(self, row: Row, path: str, wanted: str, found: str) -> None:
        """Compare two texts; what differs in them must have been made up in the same form."""
        if wanted == found or (filled := self._filled(wanted)) == found:
            return
        for form in _MADE_UP:
            if form.search(filled) and form.sub("", filled) == form.sub("", found):
                return
        for form in _NAMED:
            made, again = form.findall(wanted), form.findall(found)
            if made and len(made) == len(again) and form.sub("", filled) == form.sub("", found):
                self.bound |= {old: new for old, new in zip(made, again, strict=True) if old != new}
                self._pattern = re.compile("|".join(map(re.escape, self.bound)))
                return
        raise ReplayError(f"{row}: {path}: {found!r}, and not {wanted!r}")

    def _filled(self, text: str) -> str:
        """Return a text with what the replay made up in the place of what the recording has."""
        return self._pattern.sub(lambda match: self.bound[match[0]], text) if self._pattern else text


def _encoded(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body).encode()

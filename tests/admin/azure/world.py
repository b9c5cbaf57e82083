"""Azure for the tests of commands: the embedded one's APIs, in this process, and refusals of a test."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from admin.azure.api import Answer
from admin.azure.connection import Connection
from local.azure.__main__ import apis
from local.azure.roles.caller import store_of
from local.azure.switches import SWITCHES
from local.azure.tokens import TENANT, Tokens
from local.proxy import clock
from local.proxy.api import Request
from local.proxy.store import Store

HOST = "https://management.azure.com"


@dataclass(frozen=True)
class Refused:
    """Answer with an error of Resource Manager."""

    status: int
    code: str = ""
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> Answer:
        body = json.dumps({"error": {"code": self.code, "message": self.message}}).encode()
        return Answer(self.status, self.headers, body)


@dataclass
class World:
    """Azure with one caller, who owns all subscriptions.

    Attributes:
        refused: by a pattern of verb and URL, what is answered in place of the API; each once where it is a list.
        calls: verb and URL of each request.
        slept: seconds of each pause; the clock of the APIs goes on by as much.
    """

    refused: dict[str, Refused | list[Refused]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = Store()
        self.tokens = Tokens("secret")
        self._apis = apis(self.store, self.tokens)

    @property
    def connection(self) -> Connection:
        """As the caller, on the real Azure."""
        token = self.tokens.issue(TENANT, HOST)
        return Connection(send=self.send, token=lambda: token, environment={}, embedded=False)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        clock.move(self.store, seconds=seconds)

    def send(self, verb: str, url: str, body: bytes | None) -> Answer:
        """Answer as Azure does."""
        self.calls.append(f"{verb} {url}")
        for pattern, refusal in self.refused.items():
            if refusal and re.search(pattern, self.calls[-1]):
                return (refusal.pop(0) if isinstance(refusal, list) else refusal).answer
        return self._answer(verb, url, body)

    def _answer(self, verb: str, url: str, body: bytes | None) -> Answer:
        address = urlsplit(url)
        query = dict(parse_qsl(address.query))
        request = Request(
            method=verb, host=address.netloc, path=address.path, query=query, headers={}, body=body or b""
        )
        api = next((each for each in self._apis if each.serves(request.host)), None)
        assert api, url
        with self.store.transaction():
            response = api.answer(request)
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, response.body)

    def ask(self, verb: str, path: str, body: Any = None) -> Any:
        """Return the answer to a request of another caller, which is not among the calls."""
        content = None if body is None else json.dumps(body).encode()
        answer = self._answer(verb, f"{HOST}{path}?api-version=2024-05-01", content)
        assert answer.status < 400, (path, answer)
        return json.loads(answer.body) if answer.body else None

    def hold(self, *roles: str) -> None:
        """Let the caller hold exactly some roles on all subscriptions."""
        store_of(self.store).turn({"roles": ",".join(roles)})

    def switch(self, **settings: str) -> None:
        """Turn switches; two underscores stand for a dot."""
        SWITCHES.turn(self.store, {name.replace("__", "."): value for name, value in settings.items()})

    def writes(self, since: int = 0) -> list[str]:
        """Return the calls that change something."""
        return [
            call for call in self.calls[since:] if not call.startswith("GET ") and "checkNameAvailability" not in call
        ]

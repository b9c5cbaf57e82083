"""Requests of a real client at a constant rate: each is counted with its status, how long it took, and when it began.

The rate is held whatever the answers do: a request begins at its time, not when the one before has ended. Nothing is
retried. Of the kept tools, Locust forks a process, patches sockets and brings a web server; httpx is here already.
"""

import asyncio
import itertools
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from environments import load
from local.reference_service.behaviour import SLOWED

ENTITIES = "/api/v1/graph/entities"
_SEARCH = "/api/v1/graph/search"
_STATISTICS = "/api/v1/graph/statistics"
_LOGIN = "/api/v1/auth/admin/login"
_KIND = "lamp"
# One of so many requests writes; the others read, and most of them what was written.
_KINDS = ("write", "search", "read", "search", "statistics")
_OK = 200
_ENDING_SECONDS = 90


@dataclass(frozen=True)
class Sent:
    """A request.

    Attributes:
        kind: ``write``, ``search``, ``read`` or ``statistics``.
        began: seconds since the epoch.
        seconds: until it was answered, or failed.
        status: of the answer; 0 where there was none.
        wrong: why an answer of status 200 is not right; empty where it is.
        slowed: whether the service held it back.
        error: why there was no answer.
    """

    kind: str
    began: float
    seconds: float
    status: int
    wrong: str = ""
    error: str = ""
    slowed: bool = False

    @property
    def failed(self) -> bool:
        """True where the client has not got what it asked for."""
        return self.status != _OK


class Load:
    """Constant requests of a client that has logged in, from ``with`` on until its end.

    Attributes:
        per_second: how many requests begin; may be changed meanwhile.
        asks: query that each of them has besides, such as of how much work it is; may be changed meanwhile.
        sent: requests that have ended, in that order.
        stored: what was written, by the ids that the service acknowledged.

    Args:
        url: of the environment.
        password: the administrator's.
    """

    def __init__(self, url: str, password: str, per_second: float) -> None:
        self.per_second = per_second
        self.asks: Mapping[str, float] = {}
        self.sent: list[Sent] = []
        self.stored: dict[str, str] = {}
        self._url = url
        self._password = password
        self._begun = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._fault: BaseException | None = None

    def __enter__(self) -> Self:
        """Log in, and begin."""
        self._thread.start()
        self._begun.wait()
        if self._fault:
            raise self._fault
        return self

    def __exit__(self, *_: object) -> None:
        """Begin no more requests, and wait for those that are under way."""
        self._over.set()
        self._thread.join(_ENDING_SECONDS)
        if self._fault:
            raise self._fault

    @property
    def failed(self) -> list[Sent]:
        """Requests that were not answered as they should."""
        return [each for each in self.sent if each.failed]

    @property
    def wrong(self) -> list[Sent]:
        """Requests that were answered with something wrong."""
        return [each for each in self.sent if each.wrong]

    def summary(self) -> str:
        """Return what happened, for the message of an assertion."""
        reasons = Counter(f"{each.kind}: {each.status or each.error}" for each in self.failed)
        reasons |= Counter(f"{each.kind}: {each.wrong}" for each in self.wrong)
        slowest = max((each.seconds for each in self.sent), default=0)
        return f"{len(self.sent)} requests, the slowest {slowest:.2f} s, failed: {dict(reasons)}"

    async def _run(self) -> None:
        try:
            seconds = load()[0].policy.timeouts.client_seconds
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
            async with httpx.AsyncClient(base_url=self._url, timeout=seconds, limits=limits, trust_env=False) as client:
                answer = await client.post(_LOGIN, json={"password": self._password})
                answer.raise_for_status()
                client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
                self._begun.set()
                await self._send(client)
        except BaseException as error:
            self._fault = error
        finally:
            self._begun.set()

    async def _send(self, client: httpx.AsyncClient) -> None:
        under_way: set[asyncio.Task[None]] = set()
        due = time.monotonic()
        for kind in itertools.cycle(_KINDS):
            while (left := due - time.monotonic()) > 0 and not self._over.is_set():
                await asyncio.sleep(min(left, 0.1))
            if self._over.is_set():
                break
            client.params = httpx.QueryParams({name: f"{value:g}" for name, value in self.asks.items()})
            task = asyncio.create_task(self._one(client, kind))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            # A machine that was too busy for a while does not send all of it afterwards.
            due = max(due + 1 / self.per_second, time.monotonic() - 1)
        await asyncio.gather(*under_way)

    async def _one(self, client: httpx.AsyncClient, kind: str) -> None:
        began, clock = time.time(), time.monotonic()
        status, wrong, error, slowed = 0, "", "", False
        try:
            answer = await getattr(self, f"_{kind}")(client)
            status = answer[0].status_code
            wrong, slowed = answer[1], SLOWED in answer[0].headers
        except httpx.HTTPError as failure:
            error = type(failure).__name__
        self.sent.append(Sent(kind, began, time.monotonic() - clock, status, wrong, error, slowed))

    async def _write(self, client: httpx.AsyncClient) -> tuple[httpx.Response, str]:
        name = f"Lamp {uuid.uuid4()}"
        body: dict[str, Any] = {
            "entity_type": _KIND,
            "name": name,
            "content": {},
            "source_type": "manual",
            "user_id": "me",
        }
        answer = await client.post(ENTITIES, json=body)
        if answer.status_code == _OK:
            self.stored[answer.json()["entity"]["id"]] = name
        return answer, ""

    async def _search(self, client: httpx.AsyncClient) -> tuple[httpx.Response, str]:
        """Read what was written last."""
        last = next(reversed(self.stored.items()), None)
        answer = await client.post(_SEARCH, json={"query": last[1] if last else "nothing"})
        found = {each["entity"]["id"] for each in answer.json()["results"]} if answer.status_code == _OK else set()
        lost = answer.status_code == _OK and last is not None and last[0] not in found
        return answer, "what was written is not there" if lost else ""

    async def _read(self, client: httpx.AsyncClient) -> tuple[httpx.Response, str]:
        return await client.get(ENTITIES, params={"entity_type": "house", "limit": 10}), ""

    async def _statistics(self, client: httpx.AsyncClient) -> tuple[httpx.Response, str]:
        return await client.get(_STATISTICS), ""

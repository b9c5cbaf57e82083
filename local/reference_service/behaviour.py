"""Behaviour of a release of the reference service: a file of its image says how it differs from a sound one."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

FILE = "behaviour.json"
# Header of an answer that was held back, so that a client need not take a busy machine for a slow release.
SLOWED = "x-slowed"
_ALL = "/api/"
_PERCENT = 100
_TURN_SECONDS = 0.05
_LONGEST_SECONDS = 2.0
_REQUESTED_SECONDS = 5.0
_FORWARDED = "x-forwarded-for"


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """Differences from a sound release; none without arguments.

    Attributes:
        name: distinguishes releases that behave alike.
        paths: beginning of the paths of requests that errors and slowness are about.
        from_first_user: whether these, and the work of a capacity, begin with the first request that came through a
            load balancer, so that nobody who calls a task directly finds them before.
        errors_percent: share of these requests that is answered with status 500.
        slow_seconds: how much longer each of these requests takes.
        forgets: whether a write is acknowledged and not stored: healthy, and wrong.
        ends: whether the process ends with an error as soon as it starts.
        schema_differs: whether its tables are none that the database can be migrated to.
        memory_mib: memory that a process holds besides.
        processor_percent: share of a processor that it uses besides.
        capacity: number of requests that a process works on at the same time, while others wait; 0 without a limit.
        work_seconds: how long a request is worked on, where there is a capacity.
        works_as_requested: whether a request is worked on as its query says: for ``seconds``, in which it holds
            ``memory_mib``; and whether a process uses ``processor_percent`` besides for some seconds after it.
    """

    name: str = ""
    paths: str = _ALL
    from_first_user: bool = False
    errors_percent: int = 0
    slow_seconds: float = 0
    forgets: bool = False
    ends: bool = False
    schema_differs: bool = False
    memory_mib: int = 0
    processor_percent: int = 0
    capacity: int = 0
    work_seconds: float = 0
    works_as_requested: bool = False

    @classmethod
    def read(cls) -> "Behaviour":
        """Return what the image says; a sound one where it says nothing."""
        file = Path(__file__).with_name(FILE)
        return cls(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else cls()

    def text(self) -> str:
        """Return the content of the image's file."""
        return json.dumps(asdict(self), sort_keys=True)


def burden(behaviour: Behaviour) -> bytes:
    """Use the processor and the memory that a behaviour uses; return what holds the memory."""
    if behaviour.processor_percent:
        use_processor(lambda: behaviour.processor_percent)
    return b"." * (behaviour.memory_mib * 2**20)


def use_processor(percent: Callable[[], float]) -> None:
    """Use a share of a processor from now on, beside all else; it may change."""
    threading.Thread(target=_work, args=(percent,), daemon=True).start()


def _work(percent: Callable[[], float]) -> None:
    then = time.monotonic()
    while True:
        time.sleep(_TURN_SECONDS)
        now = time.monotonic()
        # A busy machine makes turns longer, and the share stays.
        until = time.thread_time() + min(now - then, _LONGEST_SECONDS) * percent() / _PERCENT
        then = now
        while time.thread_time() < until:
            pass


async def _work_as_requested(query: Mapping[str, str]) -> None:
    held = b"." * (int(query.get("memory_mib", 0)) * 2**20)
    await asyncio.sleep(float(query.get("seconds", 0)))
    del held


class Misbehaviour:
    """Middleware that lets requests go as a behaviour says. Health checks are answered as ever."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._workers = asyncio.Semaphore(behaviour.capacity) if behaviour.capacity else None
        self._due = 0
        self._begun = not behaviour.from_first_user
        self._processor_percent = self._processor_until = 0.0
        if behaviour.works_as_requested:
            use_processor(lambda: self._processor_percent if time.monotonic() < self._processor_until else 0)

    async def __call__(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        """Answer a request."""
        path = request.url.path
        self._begun = self._begun or _FORWARDED in request.headers
        async with AsyncExitStack() as stack:
            if self._workers and self._begun and path.startswith(_ALL):
                await stack.enter_async_context(self._workers)
                await asyncio.sleep(self._behaviour.work_seconds)
            if self._behaviour.works_as_requested and path.startswith(_ALL):
                self._processor_percent = float(request.query_params.get("processor_percent", 0))
                self._processor_until = time.monotonic() + _REQUESTED_SECONDS
                await _work_as_requested(request.query_params)
            if self._begun and path.startswith(self._behaviour.paths):
                await asyncio.sleep(self._behaviour.slow_seconds)
                self._due += self._behaviour.errors_percent
                if self._due >= _PERCENT:
                    self._due -= _PERCENT
                    return JSONResponse({"detail": "Internal Server Error"}, 500)
                if self._behaviour.slow_seconds:
                    answered = await answer(request)
                    answered.headers[SLOWED] = "yes"
                    return answered
            return await answer(request)

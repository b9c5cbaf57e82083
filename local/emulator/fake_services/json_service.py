"""A fake service: operations of one service of AWS, answered from here through its own JSON API.

An operation is a function from the request to the answer, both with the names of the API. What it remembers it keeps in
the account and region of the caller.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ministack import app
from ministack.core import router
from ministack.core.responses import error_response_json, json_response

from local.emulator.schemas import Properties

Operation: TypeAlias = Callable[[Properties], Properties]
Endpoint: TypeAlias = Callable[..., Awaitable[Any]]


class ServiceError(Exception):
    """The error that a service answers to a request it refuses.

    Attributes:
        code: of the error, as the API calls it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class FakeService:
    """Some operations of one service; MiniStack answers its others, if it has the service.

    Attributes:
        service: as requests are signed.
        target: what the names of its operations begin with in a request's header.
        operations: by the names of the API.
    """

    service: str
    target: str
    operations: Mapping[str, Operation]

    def install(self) -> None:
        """Answer these operations. Called once, before the first request."""
        router.SERVICE_PATTERNS.setdefault(self.service, {"target_prefixes": [self.target]})
        app.SERVICE_HANDLERS[self.service] = self._in_front_of(app.SERVICE_HANDLERS.get(self.service, _unknown))

    def _in_front_of(self, native: Endpoint) -> Endpoint:
        async def answer(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
            operation = self.operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
            if operation is None:
                return await native(method, path, headers, body, query)
            try:
                return json_response(operation(json.loads(body or "{}")))
            except ServiceError as error:
                return error_response_json(error.code, str(error), 400)

        return answer


async def _unknown(_method: str, _path: str, headers: dict[str, str], *_: object) -> Any:
    return error_response_json("InvalidAction", f"Unknown action: {headers.get('x-amz-target', '')}", 400)

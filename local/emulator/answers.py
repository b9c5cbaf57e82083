"""Operations that MiniStack's services lack, answered from here through the service's own API.

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


class Refusal(Exception):
    """What the service answers to a request that it does not take.

    Attributes:
        code: of the error, as the API calls it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Some operations of one service that speaks JSON.

    Attributes:
        service: as requests are signed.
        target: what the names of its operations begin with in a request's header.
        operations: by the names of the API.
    """

    service: str
    target: str
    operations: Mapping[str, Operation]

    def install(self) -> None:
        """Answer these operations; whatever else the service knows, MiniStack answers as before."""
        router.SERVICE_PATTERNS.setdefault(self.service, {"target_prefixes": [self.target]})
        app.SERVICE_HANDLERS[self.service] = self._before(app.SERVICE_HANDLERS.get(self.service, _unknown))

    def _before(self, otherwise: Endpoint) -> Endpoint:
        async def answer(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
            operation = self.operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
            if operation is None:
                return await otherwise(method, path, headers, body, query)
            try:
                return json_response(operation(json.loads(body or "{}")))
            except Refusal as refusal:
                return error_response_json(refusal.code, str(refusal), 400)

        return answer


async def _unknown(_method: str, _path: str, headers: dict[str, str], *_: object) -> Any:
    return error_response_json("InvalidAction", f"Unknown action: {headers.get('x-amz-target', '')}", 400)

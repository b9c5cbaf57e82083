"""The emulator's process: MiniStack with the additions, and what its owner needs to know of it.

Its settings come from the environment, which :mod:`local.cloud` prepares.
"""

import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from ministack import app as ministack
from ministack.core import persistence
from ministack.core.responses import request_scope
from ministack.services import eventbridge

from local.emulator import integrations, ops_items, recovery, registry
from local.emulator.autoscaling import AUTOSCALING

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

PATH = "/_embedded/"


def main() -> None:
    """Serve until told to stop."""
    registry.install()
    integrations.install()
    for answers in (AUTOSCALING, ops_items.OPS_ITEMS):
        answers.install()
    ministack._state_map["ops_items"] = "ops_items"
    ministack._loaded_modules["ops_items"] = ops_items
    _after(ministack, "_load_persisted_state", recovery.recover)
    ministack.app = _answering(ministack.app)
    sys.argv = ["ministack"]
    ministack.main()


def _answering(application: Application) -> Application:
    """Add the owner's own requests: save everything now; what is behind each type; which process is this; an event."""
    answers: dict[str, Callable[[Any], Any]] = {
        "save": lambda _: _save(),
        "support": lambda _: registry.support(),
        "pid": lambda _: os.getpid(),
        "event": _happen,
    }

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        question = answers.get(str(scope.get("path", "")).removeprefix(PATH))
        if question is None:
            await application(scope, receive, send)
            return
        said = (await receive()).get("body")
        body = json.dumps(question(json.loads(said) if said else None)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    return answer


def _happen(event: Message) -> Any:
    """Say that a service of AWS told of an event; nobody but AWS may do so through EventBridge's own API."""
    with request_scope(event.pop("Account"), event.pop("Region")):
        return eventbridge._put_events({"Entries": [event]}, allow_aws_source=True)[0]


def _save() -> list[str]:
    """Write every service's state to disk, which MiniStack does only when it ends. Returns what went wrong."""
    errors: list[str] = []
    watch = logging.Handler(logging.ERROR)
    watch.emit = lambda record: errors.append(record.getMessage())  # type: ignore[method-assign]
    persistence.logger.addHandler(watch)
    try:
        persistence.save_all(ministack._build_persistence_save_dict())
    finally:
        persistence.logger.removeHandler(watch)
    return errors


def _after(module: Any, name: str, then: Callable[[], None]) -> None:
    original = getattr(module, name)

    def call(*arguments: Any) -> None:
        original(*arguments)
        then()

    setattr(module, name, call)


if __name__ == "__main__":
    main()

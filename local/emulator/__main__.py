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

from local.emulator import recovery, registry

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]

PATH = "/_embedded/"


def main() -> None:
    """Serve until told to stop."""
    registry.install()
    _after(ministack, "_load_persisted_state", recovery.recover)
    ministack.app = _answering(ministack.app)
    sys.argv = ["ministack"]
    ministack.main()


def _answering(application: Application) -> Application:
    """Add the owner's own requests: save everything now; what is behind each type; which process is this."""
    answers: dict[str, Callable[[], Any]] = {"save": _save, "support": registry.support, "pid": os.getpid}

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        question = answers.get(str(scope.get("path", "")).removeprefix(PATH))
        if question is None:
            await application(scope, receive, send)
            return
        body = json.dumps(question()).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    return answer


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

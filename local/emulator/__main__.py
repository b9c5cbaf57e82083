"""The emulator's process: MiniStack with the additions, and the control requests of its owner.

Its settings come from the environment, which :mod:`local.environment` prepares.
"""

import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, TypeAlias

from ministack import app as ministack
from ministack.core import lambda_runtime, persistence
from ministack.core.responses import request_scope

from errors import exit_on_error
from local import watchdog
from local.embedded import CONTROL_PATH
from local.emulator import (
    database_backups,
    log_permissions,
    metric_permissions,
    passwords,
    recovery,
    registry,
    rotations,
    secure_transport,
    tasks,
    web_acl_permissions,
)
from local.emulator.alarms import EVALUATION
from local.emulator.clock import CLOCK
from local.emulator.fake_services import application_autoscaling, ops_items, sdk_integrations
from local.emulator.ministack_internals import (
    ENFORCES_IAM,
    LOAD_STATE,
    PUT_EVENTS,
    STATE_TO_SAVE,
    WORKERS,
    WORKERS_LOCK,
    require_all,
)
from local.emulator.refusals.rules import RULES
from local.emulator.runner import RUNNER
from local.emulator.target_health import TARGET_HEALTH

Message: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Callable[[], Awaitable[Message]], Send], Awaitable[None]]


def main() -> None:
    """Serve until a signal ends the process."""
    with exit_on_error():
        require_all()
    watchdog.start(Path(os.environ["EMBEDDED_LOCK_FILE"]))
    registry.install()
    sdk_integrations.install()
    ops_items.install()
    rotations.install()
    application_autoscaling.APPLICATION_AUTOSCALING.install()
    tasks.install()
    TARGET_HEALTH.install()
    CLOCK.install()
    log_permissions.install()
    metric_permissions.install()
    secure_transport.install()
    web_acl_permissions.install()
    database_backups.install()
    LOAD_STATE.wrap(_recovering)
    ministack.app = _with_control_requests(ministack.app)
    sys.argv = ["ministack"]
    ministack.main()


def _recovering(load: Callable[[], None]) -> Callable[[], None]:
    def load_and_recover() -> None:
        load()
        recovery.recover()

    return load_and_recover


def _with_control_requests(application: Application) -> Application:
    """Add the owner's requests: save the state, enforce IAM, publish an event, and what it is asked."""
    commands: dict[str, Callable[[Any], Any]] = {
        "save": lambda _: _save(),
        "support": lambda _: registry.support(),
        "refusals": lambda _: [rule.as_row() for rule in RULES],
        "pid": lambda _: os.getpid(),
        "event": _put_event,
        "run-tasks": RUNNER.attach,
        "pass-awaited": lambda _: RUNNER.awaited,
        "task": tasks.report,
        "target-health": TARGET_HEALTH.report,
        "restorable": database_backups.report,
        "restores": lambda place: database_backups.restores(place["Account"], place["Region"]),
        "passwords": lambda place: passwords.of(place["Account"], place["Region"]),
        "iam": _enforce_iam,
        "rest-alarms": EVALUATION.rest,
        "scaling-activity": application_autoscaling.report,
        "clock": lambda factor: CLOCK.factor if factor is None else CLOCK.set(factor),
    }

    async def answer(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        command = commands.get(str(scope.get("path", "")).removeprefix(CONTROL_PATH))
        if command is None:
            await application(scope, receive, send)
            return
        request = (await receive()).get("body")
        body = json.dumps(command(json.loads(request) if request else None)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    return answer


def _put_event(event: Message) -> Any:
    """Publish an event of a service of AWS, which EventBridge's own API refuses to anybody but AWS."""
    with request_scope(event.pop("Account"), event.pop("Region")):
        return PUT_EVENTS.value({"Entries": [event]}, allow_aws_source=True)[0]


def _enforce_iam(enforced: bool) -> bool:
    """Enforce IAM from now on, or no more; return whether it was enforced before.

    MiniStack reads the variable anew for each request. A function that waits for its next event holds the credentials
    of before, so it ends; one that is at work ends its work, and is given no more.
    """
    before = bool(ENFORCES_IAM.value)
    if before != enforced:
        ENFORCES_IAM.set(enforced)
        with WORKERS_LOCK.value:
            waiting = [worker for members in WORKERS.value.values() for worker in members if not worker.in_use]
            WORKERS.value.clear()
        lambda_runtime.kill_workers(waiting)
    return before


def _save() -> list[str]:
    """Write every service's state to disk, which MiniStack does only when it ends. Returns what went wrong."""
    errors: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: errors.append(record.getMessage())  # type: ignore[method-assign]
    persistence.logger.addHandler(handler)
    try:
        persistence.save_all(STATE_TO_SAVE.value())
    finally:
        persistence.logger.removeHandler(handler)
    return errors


if __name__ == "__main__":
    main()

"""Lifecycle hooks of a deployment: Lambda functions that ECS asks at a stage, with the rights of the hook's role.

"Lambda hooks for Amazon ECS service deployments", developer guide; the payload is the one that functions log
("Accelerate safe software releases with new built-in blue/green deployments in Amazon ECS", AWS News Blog).
Messages are those of "Troubleshooting Amazon ECS blue/green deployments".
"""

import json
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope

from local.emulator.api_calls import role_client
from local.emulator.clock import CLOCK
from local.emulator.deployments.records import Record

_log = logging.getLogger(__name__)
_LAMBDA = "AWS_LAMBDA"
_SUCCEEDED, _FAILED, _IN_PROGRESS = "SUCCEEDED", "FAILED", "IN_PROGRESS"
_DELAY_SECONDS = 30.0
# As the messages of the guide name it.
_SESSION = "ECS-Lambda-Execution"


class HookError(Exception):
    """The reason for which a deployment is rolled back at a hook."""


class Hooks:
    """Hooks of all deployments.

    Args:
        wake: called when a function has answered.
    """

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake
        self._running: set[tuple[str, str]] = set()

    def passed(
        self, record: Record, stage: str, weights: Mapping[str, Mapping[str, int]], *, back: bool = False
    ) -> bool:
        """Ask the hooks of a stage; return whether all have let the deployment pass.

        Args:
            record: the deployment.
            stage: such as ``PRE_SCALE_UP``.
            weights: of service revisions, for ``test`` and ``production``, where the stage moves them.
            back: whether the deployment is rolled back.

        Raises:
            HookError: one does not.
        """
        passed = True
        for number, hook in enumerate(record["deploymentConfiguration"].get("lifecycleHooks") or []):
            if stage not in hook.get("lifecycleStages", []):
                continue
            key = f"{'rollback ' * back}{stage} {number}"
            state = record["_hooks"].setdefault(key, _new(hook))
            if state["targetType"] != _LAMBDA:
                state |= {"status": _FAILED, "said": f"Hooks of type {state['targetType']} are not known here."}
            if state["status"] == _FAILED:
                raise HookError(
                    f"Service deployment rolled back because {stage} lifecycle hook(s) failed. {state['said']}"
                )
            if state["status"] == _SUCCEEDED:
                continue
            passed = False
            mark = record["serviceDeploymentArn"], key
            if mark not in self._running and time.time() >= state["due"]:
                self._running.add(mark)
                self._start(mark, hook, state, _payload(record, stage, weights, state))
        record["lifecycleHookDetails"] = [
            {name: state[name] for name in ("hookId", "targetType", "targetArn", "status")}
            for state in record["_hooks"].values()
        ]
        return passed

    def _start(self, mark: tuple[str, str], hook: Record, state: Record, payload: Record) -> None:
        account, region = get_account_id(), get_region()

        def ask() -> None:
            with request_scope(account, region):
                try:
                    _take(state, _invoke(hook, payload))
                except ValueError as error:
                    state.update(status=_FAILED, said=str(error))
                except Exception as error:
                    _log.exception("lifecycle hook")
                    state.update(status=_FAILED, said=f"{type(error).__name__}: {error}")
            self._running.discard(mark)
            self._wake.set()

        threading.Thread(target=ask, name="lifecycle-hook", daemon=True).start()


def _new(hook: Mapping[str, Any]) -> Record:
    return {
        "hookId": f"ecs-lambda-{new_uuid()}",
        "targetType": hook.get("targetType", _LAMBDA),
        "targetArn": hook.get("hookTargetArn", ""),
        "status": _IN_PROGRESS,
        "executionId": new_uuid(),
        "details": hook.get("hookDetails"),
        "due": 0.0,
        "said": "",
    }


def _payload(record: Record, stage: str, weights: Mapping[str, Mapping[str, int]], state: Record) -> Record:
    payload: Record = {
        "executionDetails": {
            "testTrafficWeights": dict(weights.get("test", {})),
            "productionTrafficWeights": dict(weights.get("production", {})),
            "serviceArn": record["serviceArn"],
            "targetServiceRevisionArn": record["_target"],
        },
        "executionId": state["executionId"],
        "lifecycleStage": stage,
        "resourceArn": record["serviceDeploymentArn"],
    }
    return payload | ({"hookDetails": state["details"]} if state["details"] is not None else {})


def _invoke(hook: Mapping[str, Any], payload: Record) -> Any:
    """Invoke a hook's function; return what it answers.

    Raises:
        ValueError: it cannot be invoked.
    """
    function, role = hook["hookTargetArn"], hook["roleArn"]
    try:
        client = role_client("lambda", role, _SESSION)
    except ValueError as error:
        raise ValueError(f"ECS was unable to assume role {role}") from error
    try:
        answer = client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        return json.loads(answer["Payload"].read() or b"null")
    except ValueError as error:
        raise ValueError(f"ECS was unable to parse the response from {function} due to {error}") from error
    except Exception as error:
        said = " ".join(str(error).split())
        raise ValueError(f"ECS was unable to invoke hook target {function} due to {said}") from error


def _take(state: Record, answer: Any) -> None:
    """Take a function's answer.

    Raises:
        ValueError: it is none.
    """
    status = answer.get("hookStatus") if isinstance(answer, dict) else None
    function = state["targetArn"]
    if status is None:
        raise ValueError(f"ECS was unable to parse the response from {function} due to HookStatus must not be null")
    if status == _IN_PROGRESS:
        delay = CLOCK.seconds(float(answer.get("callBackDelay") or _DELAY_SECONDS))
        state |= {"due": time.time() + delay, "details": answer.get("hookDetails", state["details"])}
    elif status == _SUCCEEDED:
        state["status"] = _SUCCEEDED
    else:
        raise ValueError(f"Lifecycle hook target {function} returned {status} status.")

"""Rotation of secrets: ``RotateSecret`` begins one, as Secrets Manager does; MiniStack declares it done at once.

A rotation that has begun is a version with the stage AWSPENDING. The body calls the function's steps, as far as what
they need is served; the function's last step makes the version the current one.
"""

import copy
import json
from collections.abc import Callable
from typing import Any, TypeAlias

from ministack.core.responses import error_response_json

from local.emulator.ministack_internals import FIND_SECRET, GET_SECRET_VALUE, ROTATE_SECRET
from local.emulator.schemas import Properties

_Answer: TypeAlias = tuple[int, Any, Any]
_Action: TypeAlias = Callable[[Properties], _Answer]
_PENDING = "AWSPENDING"


def install() -> None:
    """Patch Secrets Manager. Called once, before the first request."""
    ROTATE_SECRET.wrap(_beginning)
    GET_SECRET_VALUE.wrap(_without_value)


def _beginning(original: _Action) -> _Action:
    def rotate(request: Properties) -> _Answer:
        _, secret = FIND_SECRET.value(request.get("SecretId"))
        before = copy.deepcopy(secret["Versions"]) if secret else {}
        answer = original(request)
        if answer[0] != 200 or not secret.get("RotationLambdaARN"):  # noqa: PLR2004 - of HTTP
            return answer
        made = secret["Versions"][json.loads(answer[2])["VersionId"]]
        secret["Versions"] = before
        for version in before.values():
            version["Stages"] = [stage for stage in version["Stages"] if stage != _PENDING]
        if request.get("RotateImmediately", True):
            pending = {**made, "SecretString": None, "SecretBinary": None, "Stages": [_PENDING]}
            before[json.loads(answer[2])["VersionId"]] = pending
        return answer

    return rotate


def _without_value(original: _Action) -> _Action:
    """A version whose value is not stored yet is not found ("GetSecretValue", Secrets Manager API reference)."""

    def get(request: Properties) -> _Answer:
        answer = original(request)
        if answer[0] == 200 and not json.loads(answer[2]).keys() & {"SecretString", "SecretBinary"}:  # noqa: PLR2004
            return error_response_json(  # type: ignore[no-any-return]
                "ResourceNotFoundException", "Secrets Manager can't find the specified secret value.", 400
            )
        return answer

    return get

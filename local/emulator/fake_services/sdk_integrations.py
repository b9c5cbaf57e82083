"""AWS SDK integrations of Step Functions that MiniStack lacks: calls of AWS that a state machine makes by itself.

They reach the services of this very process, so that a service which MiniStack lacks still refuses.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import botocore.session

from local.emulator.api_calls import call
from local.emulator.ministack_internals import EXECUTION_ERROR, SDK_INTEGRATION
from local.emulator.schemas import Properties

_UNKNOWN = ("not yet implemented", "not supported in MiniStack")


def install() -> None:
    """Make the calls that MiniStack does not make. Called once, before the first execution."""
    SDK_INTEGRATION.wrap(_completed)


def _completed(original: Callable[[str, Properties], Any]) -> Callable[[str, Properties], Any]:
    def invoke(resource: str, request: Properties) -> Any:
        try:
            return original(resource, request)
        except EXECUTION_ERROR.value as error:
            if not any(reason in error.cause for reason in _UNKNOWN):
                raise
        service, action = resource.split(":")[6:8]
        try:
            answer = call(_boto_name(service), action[0].upper() + action[1:], request)
        except ValueError as refusal:
            raise EXECUTION_ERROR.value(f"{service.title()}.{service.title()}Exception", str(refusal)) from None
        answer.pop("ResponseMetadata", None)
        return _as_step_functions_says(answer)

    return invoke


def _boto_name(service: str) -> str:
    known = botocore.session.get_session().get_available_services()
    return next((name for name in known if name.replace("-", "") == service), service)


def _as_step_functions_says(value: Any) -> Any:
    """Step Functions capitalizes every name of an answer, and writes times as text."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _as_step_functions_says(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_step_functions_says(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
